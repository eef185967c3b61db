package crontab

import (
	"cmp"
	"errors"
	"fmt"
	"syscall"
	"time"

	"simplest_script/core/tool/backoff"
)

// forkPatience is well below the time after which another daemon takes over a start
// that nobody hears of.
const forkPatience = 10 * time.Second

// forMoment tells that no process could be started because processes, memory or open
// files of the machine were used up: what others give back in a moment.
func forMoment(err error) bool {
	for _, want := range []error{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE} {
		if errors.Is(err, want) {
			return true
		}
	}
	return false
}

// insist starts the process of a run for which Start has just failed with err: it
// tries again while the machine has no room, for the launcher's patience, and for
// most at most. The end of stop ends it after the try at hand. Nothing was started
// where it returns an error.
func (l *Launcher) insist(stop <-chan struct{}, r Run, most time.Duration, err error) (*Child, error) {
	began, patience := time.Now(), min(cmp.Or(l.Patience, forkPatience), most)
	for tries := 1; ; tries++ {
		spent := time.Since(began)
		switch over := spent >= patience || closed(stop); {
		case !forMoment(err), over && tries == 1:
			return nil, err
		case over:
			return nil, fmt.Errorf("%w (tried %d times within %s)", err, tries, spent.Round(time.Millisecond))
		}
		pause := time.NewTimer(min(backoff.Quick(tries), patience-spent))
		select {
		case <-pause.C:
		case <-stop:
			pause.Stop()
			tries--
			continue
		}
		var p *Child
		if p, err = l.Start(r); err == nil {
			return p, nil
		}
	}
}

// closed tells whether a channel is closed.
func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
