package consumer

import (
	"context"
	"sync"
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

	mu     sync.Mutex
	real   context.Context // nil until somebody asks
	cancel context.CancelFunc
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
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.real == nil {
		c.real = logger.WithTask(c.Context, c.task)
		if !c.at.IsZero() {
			c.real, c.cancel = context.WithDeadlineCause(c.real, c.at, core.ErrTimeout)
		}
	}
	return c.real
}

// release frees the timer, where there is one.
func (c *taskContext) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.cancel()
	}
}
