package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// crashFolder is where each daemon has a file for what the Go runtime says when it
// ends the process: a fault such as a concurrent map write, a panic in a goroutine
// that a handler started, a signal. The file of one that ended in order is removed.
// Beside it stands which daemons the process was: see noteDaemon.
func (m *Machine) crashFolder() string { return filepath.Join(m.logFolder(), "crash") }

// catchCrash lets the runtime write to such a file, and returns what ends that.
func (m *Machine) catchCrash(ctx context.Context, log *zap.Logger) (func() error, error) {
	folder := m.crashFolder()
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return nil, fmt.Errorf("making the folder for crashes: %w", err)
	}
	forgetCrashes(folder, time.Now())
	file, err := newCrash(ctx, log, folder, time.Now(), os.Getpid())
	if err != nil {
		return nil, err
	}
	path := file.Name()
	err = errors.Join(debug.SetCrashOutput(file, debug.CrashOptions{}), file.Close()) // the runtime has a copy
	ownCrash.Store(&path)
	return func() error {
		ownCrash.CompareAndSwap(&path, nil)
		return errors.Join(debug.SetCrashOutput(nil, debug.CrashOptions{}), forgetOwnCrash(path, time.Now()))
	}, err
}

// ownCrash is the path of the file that the runtime of this process writes to. It has
// one for all of the process.
var ownCrash atomic.Pointer[string]

// newCrash makes the file of a process, and holds it: see holdCrash. One that cannot be
// held is used all the same. Its time is that of the start until text is written to it,
// or somebody finds that the process is dead.
func newCrash(ctx context.Context, log *zap.Logger, folder string, began time.Time, pid int) (*os.File, error) {
	path := filepath.Join(folder, crashName(began, pid))
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return nil, fmt.Errorf("making a file for a crash: %w", err)
	}
	err = holdCrash(ctx, file)
	switch {
	case errors.Is(err, errCrashHeld):
		log.Warn("the file for a crash cannot be held: should this daemon die without a word much later, nobody may notice",
			zap.String("file", path), zap.Error(err))
	case err != nil:
		return nil, errors.Join(fmt.Errorf("taking the file for a crash: %w", err), file.Close())
	}
	_ = os.Chtimes(path, time.Time{}, began) // else it has the present time, mostly the same
	return file, nil
}

// crashName begins with the time, so that names sort by it.
func crashName(t time.Time, pid int) string {
	return strconv.FormatInt(t.Unix(), 10) + "-" + strconv.Itoa(pid) + ".txt"
}

// parseCrashName is the reverse; the id is 0 where the name is none.
func parseCrashName(name string) (began time.Time, pid int) {
	var seconds int64
	if _, err := fmt.Sscanf(name, "%d-%d.txt", &seconds, &pid); err != nil {
		return began, 0
	}
	return time.Unix(seconds, 0), pid
}
