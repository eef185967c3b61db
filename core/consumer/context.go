package consumer

import (
	"context"
	"sync/atomic"
	"time"

	"simplest_script/core"
	"simplest_script/core/logger"
)

// taskContext is the context of one attempt: that of the lane, with a logger that
// speaks of the task, and perhaps a deadline. Logger and timer are made only when
// somebody asks for them: most handlers of quick messages never do, and the two
// would cost more than the rest of the way together.
type taskContext struct {
	context.Context // of the lane
	task            *core.Task
	at              time.Time // the deadline; zero: none

	made atomic.Pointer[made]
}

// made is what a taskContext stands for, once somebody has asked.
type made struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// contexts makes contexts, many in one allocation.
type contexts []taskContext

func (s *contexts) next(lane context.Context, t *core.Task) *taskContext {
	const many = 16
	if len(*s) == 0 {
		*s = make([]taskContext, many)
	}
	c := &(*s)[0]
	*s = (*s)[1:]
	c.Context, c.task = lane, t
	return c
}

// Deadline implements context.Context.
func (c *taskContext) Deadline() (time.Time, bool) {
	at, ok := c.Context.Deadline()
	if c.at.IsZero() || ok && at.Before(c.at) {
		return at, ok
	}
	return c.at, true
}

// Done implements context.Context.
func (c *taskContext) Done() <-chan struct{} {
	if c.at.IsZero() {
		return c.Context.Done()
	}
	return c.make().Done()
}

// Err implements context.Context.
func (c *taskContext) Err() error {
	if err := c.Context.Err(); err != nil || c.at.IsZero() || time.Now().Before(c.at) {
		return err
	}
	return c.make().Err()
}

// Value implements context.Context. Both logger.From and context.Cause come here.
func (c *taskContext) Value(key any) any { return c.make().Value(key) }

// make returns the context that this one stands for.
func (c *taskContext) make() context.Context {
	if m := c.made.Load(); m != nil {
		return m.ctx
	}
	m := &made{ctx: logger.WithTask(c.Context, c.task), cancel: func() {}}
	if !c.at.IsZero() {
		m.ctx, m.cancel = context.WithDeadlineCause(m.ctx, c.at, core.ErrTimeout)
	}
	if !c.made.CompareAndSwap(nil, m) { // another goroutine of the handler was first
		m.cancel()
	}
	return c.made.Load().ctx
}

// release frees the timer, where there is one.
func (c *taskContext) release() {
	if m := c.made.Load(); m != nil {
		m.cancel()
	}
}
