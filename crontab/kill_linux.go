package crontab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// lastWait is how long a process may take to be gone after SIGKILL.
const lastWait = 5 * time.Second

// Kill ends the process of a run of this place together with all that it started:
// SIGTERM to its group, and what is left of it after grace gets SIGKILL. A process
// id is used again some day, so nothing is sent before the start time is checked,
// under a handle that stays with that process.
func Kill(ctx context.Context, p Process, grace time.Duration) error {
	handle, err := unix.PidfdOpen(p.PID, 0)
	switch {
	case errors.Is(err, unix.ESRCH) || !p.Alive():
		return ErrGone
	case err != nil:
		return fmt.Errorf("opening a handle of process %d: %w", p.PID, err)
	}
	defer func() { _ = unix.Close(handle) }()
	leader, err := readStat(p.PID)
	if err != nil || leader.start != p.Start {
		return ErrGone
	}
	if leader.group != p.PID {
		return fmt.Errorf("process %d leads no group of its own: %w", p.PID, ErrElsewhere)
	}
	if err := unix.Kill(-p.PID, unix.SIGTERM); err != nil && !errors.Is(err, unix.ESRCH) {
		return fmt.Errorf("sending SIGTERM to the group of process %d: %w", p.PID, err)
	}
	if !ended(ctx, handle, grace) {
		if err := unix.PidfdSendSignal(handle, unix.SIGKILL, nil, 0); err != nil && !errors.Is(err, unix.ESRCH) {
			return fmt.Errorf("sending SIGKILL to process %d: %w", p.PID, err)
		}
		if !ended(context.WithoutCancel(ctx), handle, lastWait) {
			return fmt.Errorf("process %d does not end after SIGKILL", p.PID)
		}
	}
	return killGroup(p)
}

// killGroup ends what a dead leader left behind. The id of a group is not used
// again while it has members.
func killGroup(p Process) error {
	if s, err := readStat(p.PID); err == nil && s.start != p.Start {
		return nil // the id is another's already, so the group had no members
	}
	if err := unix.Kill(-p.PID, unix.SIGKILL); err != nil && !errors.Is(err, unix.ESRCH) && !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("sending SIGKILL to the group of process %d: %w", p.PID, err)
	}
	return nil
}

// ended waits until the process of a handle has ended, for a time.
func ended(ctx context.Context, handle int, patience time.Duration) bool {
	const look = 50 * time.Millisecond // at ctx
	for deadline := time.Now().Add(patience); ; {
		fds := []unix.PollFd{{Fd: int32(handle), Events: unix.POLLIN}}
		n, err := unix.Poll(fds, int(min(look, max(time.Until(deadline), 0)).Milliseconds()))
		switch {
		case n > 0:
			return true
		case err != nil && !errors.Is(err, unix.EINTR), ctx.Err() != nil, time.Now().After(deadline):
			return false
		}
	}
}

// EndOwnGroup kills this process and all that it started, if it leads a group; a
// run whose handler does not return ends so.
func EndOwnGroup() {
	if s, err := readStat(Self().PID); err == nil && s.group == s.pid {
		_ = unix.Kill(0, unix.SIGKILL)
	}
}
