package logger

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"
)

// houseEvery is the time between two rounds when this process begins no new file:
// other processes do, and midnight finishes files without anybody's doing.
const houseEvery = 10 * time.Minute

// lockName is the file whose lock says which process keeps the house.
const lockName = ".housekeeping.lock"

// errBusy: the file is in use by somebody else.
var errBusy = errors.New("file is in use")

// Run compresses and deletes finished files, in this folder and all below it, as
// the Options say, until ctx or s ends. One process at a time does so; it is
// enough that the daemon calls it. A short-lived process leaves it to the daemon.
func (s *Set) Run(ctx context.Context) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	if !s.enter(stop) {
		return
	}
	defer s.running.Done()
	tick := time.NewTicker(houseEvery)
	defer tick.Stop()
	for {
		if err := s.keepHouse(ctx); err != nil && ctx.Err() == nil {
			s.trouble.report(s.opts.Now(), fmt.Errorf("keeping %s in order: %w", s.opts.Path, err))
		}
		select {
		case <-ctx.Done():
			return
		case <-s.begun:
		case <-tick.C:
		}
	}
}

// enter counts a Run in, so that Close ends it and waits for it.
func (s *Set) enter(stop context.CancelFunc) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed.Load() {
		return false
	}
	s.stops = append(s.stops, stop)
	s.running.Add(1)
	return true
}

func (s *Set) fileBegun() {
	select {
	case s.begun <- struct{}{}:
	default: // Run knows already
	}
}

// keepHouse makes one round through the folder of the log and all folders in it.
func (s *Set) keepHouse(ctx context.Context) error {
	today := s.today()
	var errs []error
	s.folders.Range(func(_, v any) bool {
		errs = append(errs, v.(*folder).closeBefore(today))
		return true
	})
	root, err := filepath.EvalSymlinks(s.opts.Path) // a walk would stop at a link
	if errors.Is(err, fs.ErrNotExist) {
		return errors.Join(errs...) // nothing was logged yet
	}
	if err != nil {
		return errors.Join(append(errs, err)...)
	}
	house := flock.New(filepath.Join(root, lockName))
	if mine, err := house.TryLock(); err != nil || !mine {
		return errors.Join(append(errs, err)...)
	}
	return errors.Join(append(errs, s.tidyAll(ctx, root, today), house.Unlock())...)
}

// tidyAll tidies root and the folders in it. Trouble with one of them does not
// keep it from the others.
func (s *Set) tidyAll(ctx context.Context, root string, today day) error {
	var errs []error
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err == nil && e.IsDir() {
			err = s.tidy(ctx, path, today)
		}
		errs = append(errs, err)
		return ctx.Err()
	})
	return errors.Join(append(errs, err)...)
}

// tidy deletes what is too old or too many in one folder, and then compresses
// what is left: in this order, because compressing needs space.
func (s *Set) tidy(ctx context.Context, folder string, today day) error {
	files, err := listFolder(folder)
	if err != nil {
		return err
	}
	oldest := dayOf(s.opts.Now().In(s.opts.Location).AddDate(0, 0, -s.opts.MaxAgeDays))
	var errs []error
	var kept []logFile
	for _, f := range finished(files, today) {
		tooMany := s.opts.MaxBackups > 0 && len(kept) == s.opts.MaxBackups
		tooOld := s.opts.MaxAgeDays > 0 && f.day < oldest
		if f.part || tooMany || tooOld { // a part was left over from a crash
			errs = append(errs, remove(filepath.Join(folder, f.String())))
			continue
		}
		kept = append(kept, f)
	}
	for _, f := range kept {
		if s.opts.Compress && !f.gz && ctx.Err() == nil {
			errs = append(errs, compress(ctx, filepath.Join(folder, f.String())))
		}
	}
	return errors.Join(errs...)
}

// finished returns the files that no line will be added to, the newest first. The
// file in use is the highest number of today; a day that has not begun here
// belongs to somebody in another time zone.
func finished(files []logFile, today day) []logFile {
	inUse := logFile{day: today}
	for _, f := range files {
		if f.day == today && f.number > inUse.number {
			inUse.number = f.number
		}
	}
	files = slices.DeleteFunc(files, func(f logFile) bool { return f.day > today || f == inUse })
	slices.SortFunc(files, func(a, b logFile) int {
		return cmp.Or(cmp.Compare(b.day, a.day), cmp.Compare(b.number, a.number))
	})
	return files
}

// remove deletes a finished file, unless somebody still has it open.
func remove(path string) error {
	release, err := lockAlone(path)
	if errors.Is(err, errBusy) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("deleting %s: %w", path, err)
	}
	if err := errors.Join(os.Remove(path), release()); err != nil {
		return fmt.Errorf("deleting %s: %w", path, err)
	}
	return nil
}
