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
// would cost more than the rest of the way together. There is one for each message,
// so it is small.
type taskContext struct {
	lane *lane
	task *core.Task
	at   time.Duration // the deadline, counted from lane.since; 0: none
	made atomic.Pointer[made]
}

// made is what a taskContext stands for, once somebody has asked.
type made struct {
	ctx    context.Context
	cancel context.CancelFunc
}

// contexts makes contexts, many in one allocation.
type contexts []taskContext

func (s *contexts) next(l *lane, t *core.Task) *taskContext {
	const many = 32
	if len(*s) == 0 {
		*s = make([]taskContext, many)
	}
	c := &(*s)[0]
	*s = (*s)[1:]
	c.lane, c.task = l, t
	return c
}

// limit sets the deadline.
func (c *taskContext) limit(timeout time.Duration) { c.at = time.Since(c.lane.since) + timeout }

// Deadline implements context.Context. That of the lane has none.
func (c *taskContext) Deadline() (time.Time, bool) {
	if c.at == 0 {
		return time.Time{}, false
	}
	return c.lane.since.Add(c.at), true
}

// Done implements context.Context.
func (c *taskContext) Done() <-chan struct{} {
	if c.at == 0 {
		return c.lane.ctx.Done()
	}
	return c.make().Done()
}

// Err implements context.Context.
func (c *taskContext) Err() error {
	if err := c.lane.ctx.Err(); err != nil || c.at == 0 || time.Since(c.lane.since) < c.at {
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
	m := &made{ctx: logger.WithTask(c.lane.ctx, c.task), cancel: func() {}}
	if at, ok := c.Deadline(); ok {
		m.ctx, m.cancel = context.WithDeadlineCause(m.ctx, at, core.ErrTimeout)
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
