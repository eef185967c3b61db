//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"simplest_script/core/tool/outage"
)

// holdCrash marks a file as that of a living process until the last copy of it is
// closed, so at the latest when the process ends. That is surer than its id: another
// process may have that by now, and in another container it means another one. A file
// system without locks is no error: there takeCrash gets none either.
//
// Another daemon that sweeps at the time has the file for microseconds, longer where
// it is halted just then: the error wraps errCrashHeld where it had it for about a
// second, or until ctx ended.
func holdCrash(ctx context.Context, file *os.File) error {
	const longest = 512 * time.Millisecond
	for pause := time.Millisecond; ; pause *= 2 {
		refused, err := lockCrash(file, unix.LOCK_SH)
		if err != nil || !errors.Is(refused, unix.EWOULDBLOCK) {
			return err
		}
		if pause > longest || !outage.Sleep(ctx, pause) {
			return fmt.Errorf("another daemon looks at it and does not come to an end: %w", errCrashHeld)
		}
	}
}

// takeCrash takes a file that no living process has, until release is called. It is
// errCrashHeld where one has it.
func takeCrash(path string) (release func() error, err error) {
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	refused, err := lockCrash(file, unix.LOCK_EX)
	if errors.Is(refused, unix.EWOULDBLOCK) {
		refused = errCrashHeld
	}
	if err := errors.Join(refused, err); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file.Close, nil
}

// lockCrash never waits. The lock belongs to this opening of the file and its copies.
func lockCrash(file *os.File, how int) (refused, err error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	err = raw.Control(func(fd uintptr) { refused = unix.Flock(int(fd), how|unix.LOCK_NB) })
	return refused, err
}
