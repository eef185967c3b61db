package delayqueue

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
)

const (
	// refusedPause is how long an outcome waits that the database refuses, or whose row
	// stays locked.
	refusedPause = 30 * time.Second
	// lockedPause is how long one waits whose row is locked, at first; then twice as
	// long each time. Most transactions end soon, but each look at one that does not
	// costs a wait for its lock.
	lockedPause = 2 * time.Second
	// lockedRest is how long no other outcome that may be in vain is written, where there
	// are others, after one was waited for: a wait takes a second.
	lockedRest = 5 * time.Second
	// lastPause is how long an outcome waits once the daemon ends. What is not recorded
	// by then is done a second time, by another daemon.
	lastPause = 500 * time.Millisecond
)

// deferred is an outcome that is put aside.
type deferred struct {
	finished
	until time.Time
}

// LockedError tells that other transactions hold some of the rows of a group, and that
// the outcomes of all others are recorded.
type LockedError struct {
	IDs []uint64 // of the jobs whose outcomes are not recorded
	Err error    // what the server said of the first
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%d rows are held by other transactions, and were left out: %v", len(e.IDs), e.Err)
}

// Unwrap returns the driver's error.
func (e *LockedError) Unwrap() error { return e.Err }

// lockedIn returns the rows that err says were left out, nil where it says nothing of
// the kind.
func lockedIn(err error) []uint64 {
	var some *LockedError
	if errors.As(err, &some) {
		return some.IDs
	}
	return nil
}

// locked puts aside an outcome that somebody's transaction is in the way of.
func (c *completer) locked(f finished) {
	pause := min(lockedPause<<min(f.waits, 10), refusedPause)
	f.waits++
	c.waited = time.Now()
	c.later(f, pause, "outcome not recorded: another transaction holds the row of the job, or a key of its successors", zap.Uint64("task_id", f.job.ID))
}

// allLocked does so with those of a group that the store has left out.
func (c *completer) allLocked(group []finished, ids []uint64) {
	for _, f := range group {
		if slices.Contains(ids, f.job.ID) {
			c.locked(f)
		}
	}
}

// later puts an outcome aside for a while.
func (c *completer) later(f finished, pause time.Duration, why string, about ...zap.Field) {
	if c.ending {
		pause = min(pause, lastPause)
	}
	c.log.Error(why, append(about, zap.Duration("in", pause))...)
	c.aside = append(c.aside, deferred{f, time.Now().Add(pause)})
}

// hasten lets nothing wait for long any more, because the daemon ends.
func (c *completer) hasten() {
	c.ending = true
	for i := range c.aside {
		c.aside[i].until = time.Time{}
	}
}

// bringBack makes those outcomes pending again that have waited long enough.
func (c *completer) bringBack() {
	if len(c.aside) == 0 {
		return
	}
	now := time.Now()
	c.aside = slices.DeleteFunc(c.aside, func(d deferred) bool {
		over := !now.Before(d.until)
		if over {
			c.put(d.finished)
		}
		return over
	})
}
