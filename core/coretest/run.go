// Package coretest helps to test handlers: Run runs one with a payload and shows
// what it did, Services gives it connections that need nothing installed, and
// Queue shows what the code under test has pushed.
package coretest

import (
	"context"
	"testing"

	"simplest_script/core"
	"simplest_script/core/middleware"
)

// Outcome is what a handler did with one task.
type Outcome struct {
	Err      error  // what the handler returned; a *middleware.PanicError where it panicked
	Result   string // JSON of the last SetResult, or ""
	Percent  int    // of the last Progress
	Progress string // text of the last Progress

	Successors []core.DelayQueuePushParams // what PushOnDone was told, which only a nil Err lets be pushed
}

// Change alters the task before the handler sees it.
type Change func(*core.Task)

// Attempt makes it the n-th attempt.
func Attempt(n int) Change { return func(t *core.Task) { t.Attempt = n } }

// Run runs h once with payload, as the engines do, under the test's context. The
// task is attempt 1 of 5 with the ID "1"; changes can say otherwise.
func Run(tb testing.TB, h core.Handler, payload string, changes ...Change) Outcome {
	tb.Helper()
	return RunContext(tb.Context(), h, payload, changes...)
}

// RunContext is Run under a context of the caller's, for a handler that is to be
// cancelled: context.WithCancelCause with core.ErrDrain, core.ErrTimeout or
// core.ErrLeaseLost is what it meets in production.
func RunContext(ctx context.Context, h core.Handler, payload string, changes ...Change) Outcome {
	t := &core.Task{ID: "1", ExecCmd: "test", Payload: []byte(payload), Attempt: 1, MaxAttempts: 5}
	t.AllowSuccessors()
	for _, change := range changes {
		change(t)
	}
	err := middleware.Recover(h).Handle(ctx, t)
	percent, text := t.LastProgress()
	return Outcome{Err: err, Result: string(t.Result()), Percent: percent, Progress: text, Successors: t.Successors()}
}
