//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package logger

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockShared marks file as in use until it is closed. It is errBusy where
// housekeeping has the file for itself. A file system without locks is not an
// error: there housekeeping gets no lock either, and leaves the files alone.
func lockShared(file *os.File) error {
	if err := lock(file, unix.LOCK_SH); errors.Is(err, unix.EWOULDBLOCK) {
		return errBusy
	}
	return nil
}

// lockAlone takes a finished file out of use until release is called. It is
// errBusy while anybody has the file open for writing.
func lockAlone(path string) (release func() error, err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	err = lock(file, unix.LOCK_EX)
	if errors.Is(err, unix.EWOULDBLOCK) {
		err = errBusy
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file.Close, nil
}

// lock never waits. The lock belongs to this opening of the file, so it also
// stands between two openings in one process, and ends with the process.
func lock(file *os.File, how int) error {
	raw, err := file.SyscallConn()
	if err != nil {
		return err
	}
	var lockErr error
	err = raw.Control(func(fd uintptr) { lockErr = unix.Flock(int(fd), how|unix.LOCK_NB) })
	return errors.Join(err, lockErr)
}
