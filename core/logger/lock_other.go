//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package logger

import (
	"os"
	"time"
)

// quiet is how long a finished file must have been left alone.
const quiet = time.Minute

// lockShared does nothing: the locks of Windows would keep the other writers
// from writing. It refuses to delete a file that is open, which is most of what
// the lock is for.
func lockShared(*os.File) error { return nil }

// lockAlone is errBusy while the file was written to within the last minute.
func lockAlone(path string) (release func() error, err error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if time.Since(info.ModTime()) < quiet {
		return nil, errBusy
	}
	return func() error { return nil }, nil
}
