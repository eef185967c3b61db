package app

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	// keepCrashes is how long what a crashed daemon left behind is kept.
	keepCrashes = 30 * 24 * time.Hour
	// keepSilent is how long the file of one that died without a word is kept, from
	// when it was found: it tells of the jobs that died with it, and they are looked
	// at when the lease of the dead is over and the database is there.
	keepSilent = 24 * time.Hour
	// coarse is what file systems make of a time: some know even seconds only.
	coarse = 2 * time.Second
)

// errCrashHeld is what a living process has.
var errCrashHeld = errors.New("a living process has this file")

// forgetCrashes removes what old crashes left, and empty files of the dead. One that
// cannot be removed is in nobody's way.
func forgetCrashes(folder string, now time.Time) {
	entries, _ := os.ReadDir(folder)
	for _, entry := range slices.Backward(entries) { // a file before what stands beside it
		info, err := entry.Info()
		if err != nil {
			continue // another daemon was faster
		}
		path := filepath.Join(folder, entry.Name())
		began, pid := parseCrashName(entry.Name())
		switch {
		case filepath.Ext(path) == daemonsSuffix:
			forgetDaemons(path, info.ModTime(), now)
		case info.Size() > 0 && info.ModTime().Before(now.Add(-keepCrashes)):
			_ = os.Remove(path)
		case info.Size() == 0 && pid != 0:
			forgetSilent(path, began, now)
		}
	}
}

// forgetDaemons removes what a process was when its file is gone. Of one that ended in
// order that is a day later: there may be jobs that it was running when its time to end
// was over, and only here anybody knows that it was a daemon of this home.
func forgetDaemons(path string, written, now time.Time) {
	_, err := os.Stat(strings.TrimSuffix(path, daemonsSuffix) + crashSuffix)
	if errors.Is(err, fs.ErrNotExist) && written.Before(now.Add(-keepSilent)) {
		_ = os.Remove(path)
	}
}

// forgetSilent removes the empty file of a dead process a day after it was found. When
// that was is the time of the file, which before was that of the start.
func forgetSilent(path string, began, now time.Time) {
	release, err := takeCrash(path)
	if err != nil {
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil || info.Size() > 0: // it was written, and the process died, in between
	case info.ModTime().Before(began.Add(coarse)):
		_ = os.Chtimes(path, time.Time{}, now)
	case info.ModTime().Before(now.Add(-keepSilent)):
		_ = os.Remove(path)
	}
	_ = release() // it was only read
}

// forgetOwnCrash removes the file of this process, which has let go of it. What is in
// it, or still held, is another's: in containers that share a volume two processes
// may have the same id, and start in the same second. What is beside it is kept for a
// day from now on: see forgetDaemons.
func forgetOwnCrash(path string, now time.Time) error {
	release, err := takeCrash(path)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errCrashHeld): // somebody has cleaned up; another has it
		return nil
	case err != nil: // a file system without locks
		release = func() error { return nil }
	}
	info, err := os.Stat(path)
	if err == nil && info.Size() == 0 {
		_ = os.Chtimes(daemonsOf(path), time.Time{}, now) // there may be none
		err = os.Remove(path)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return errors.Join(err, release())
}
