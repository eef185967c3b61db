package delayqueue

import (
	"context"
	"sync/atomic"
	"time"

	"simplest_script/core"
	"simplest_script/core/logger"
)

// attemptContext is the context of one attempt: that of the generation, with a
// logger that speaks of the task, a way to cancel it, and perhaps a deadline. All
// three are made only when somebody asks for them: quick handlers never do, and
// ten thousand of them may begin in one millisecond.
type attemptContext struct {
	parent  context.Context
	task    *core.Task
	timeout time.Duration // 0: none
	at      time.Time     // the deadline, set by begin
	begun   atomic.Bool
	revoked atomic.Bool // somebody wants the job cancelled
	over    atomic.Bool // the handler has returned
	made    atomic.Pointer[madeContext]
}

// madeContext is what an attemptContext stands for, once somebody has asked.
type madeContext struct {
	context.Context
	cancel context.CancelCauseFunc
	stop   context.CancelFunc
}

// begin lets the timeout run. It returns false where the attempt was revoked before.
func (c *attemptContext) begin() bool {
	if c.timeout > 0 {
		c.at = time.Now().Add(c.timeout)
	}
	c.begun.Store(true)
	return !c.revoked.Load()
}

// revoke ends the context with the cause core.ErrCancelled, or keeps the attempt
// from beginning. It may come from any goroutine.
func (c *attemptContext) revoke() {
	c.revoked.Store(true)
	if c.begun.Load() { // else begin sees that it is revoked
		c.make().cancel(core.ErrCancelled)
	}
}

// end frees what the context holds, now or when somebody still asks for it.
func (c *attemptContext) end() {
	c.over.Store(true)
	if m := c.made.Load(); m != nil {
		m.free()
	}
}

func (m *madeContext) free() {
	m.stop()
	m.cancel(context.Canceled)
}

// Deadline implements context.Context. That of a generation has none.
func (c *attemptContext) Deadline() (time.Time, bool) { return c.at, !c.at.IsZero() }

// Done implements context.Context.
func (c *attemptContext) Done() <-chan struct{} { return c.make().Done() }

// Err implements context.Context.
func (c *attemptContext) Err() error {
	if m := c.made.Load(); m != nil {
		return m.Err()
	}
	if c.over.Load() {
		return context.Canceled
	}
	if err := c.parent.Err(); err != nil || c.at.IsZero() || time.Now().Before(c.at) {
		return err
	}
	return c.make().Err()
}

// Value implements context.Context. Both logger.From and context.Cause come here.
func (c *attemptContext) Value(key any) any { return c.make().Value(key) }

func (c *attemptContext) make() *madeContext {
	if m := c.made.Load(); m != nil {
		return m
	}
	m := &madeContext{stop: func() {}}
	m.Context, m.cancel = context.WithCancelCause(logger.WithTask(c.parent, c.task))
	if !c.at.IsZero() {
		m.Context, m.stop = context.WithDeadlineCause(m.Context, c.at, core.ErrTimeout)
	}
	if !c.made.CompareAndSwap(nil, m) || c.over.Load() { // another goroutine was first, or the handler has returned
		m.free()
	}
	return c.made.Load()
}

// cause says why the context has ended, without making it: nil where it has not.
func (c *attemptContext) cause() error {
	if c.Err() == nil {
		return nil
	}
	return context.Cause(c)
}
