package core

import (
	"errors"
	"fmt"
	"slices"
)

// mostSuccessors bounds the transaction that records a job as done.
const mostSuccessors = 1000

// ErrNoSuccessors says that PushOnDone was called where there is no transaction that
// the successors could be pushed in.
var ErrNoSuccessors = errors.New("PushOnDone is for delay jobs: here a successor cannot be stored together with the outcome, push it with the delay queue")

// PushOnDone pushes jobs in the transaction that records this one as done: they exist
// if and only if it does not run again. Their delays count from then. Where the
// handler returns an error, or another daemon has taken the job over, nothing is
// pushed. Unique keys count as in any push.
//
// It may be called several times, from several goroutines, for up to 1000 successors.
// Successors that do not fit are refused with ErrInvalidPush, all or none of a call.
func (t *Task) PushOnDone(jobs ...DelayQueuePushParams) error {
	if !t.chains {
		return fmt.Errorf("%s: %w", t.ExecCmd, ErrNoSuccessors)
	}
	if err := CheckPush(jobs); err != nil {
		return err
	}
	r := t.toReport()
	r.mu.Lock()
	defer r.mu.Unlock()
	if n := len(r.successors) + len(jobs); n > mostSuccessors {
		return fmt.Errorf("%d successors of %s, at most %d: let a successor push the others: %w", n, t.ExecCmd, mostSuccessors, ErrInvalidPush)
	}
	r.successors = append(r.successors, jobs...)
	return nil
}

// AllowSuccessors makes PushOnDone work. An engine that calls it pushes Successors in
// the transaction of the outcome.
func (t *Task) AllowSuccessors() { t.chains = true }

// Successors returns the jobs of PushOnDone, or nil. Engines and tests read it.
func (t *Task) Successors() []DelayQueuePushParams {
	r := t.report.Load()
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.successors)
}
