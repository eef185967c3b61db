package consumer

import (
	"context"
	"sync"
	"time"

	"simplest_script/core"
)

// lazyDeadline is a context with a deadline whose timer is made only when
// somebody asks for Done. Most handlers of messages never do, and a timer for
// each message would cost more than the rest of the way together.
type lazyDeadline struct {
	context.Context
	at time.Time

	mu     sync.Mutex
	inner  context.Context
	cancel context.CancelFunc
}

func withLazyDeadline(parent context.Context, at time.Time) *lazyDeadline {
	return &lazyDeadline{Context: parent, at: at}
}

// Deadline implements context.Context.
func (c *lazyDeadline) Deadline() (time.Time, bool) {
	if at, ok := c.Context.Deadline(); ok && at.Before(c.at) {
		return at, true
	}
	return c.at, true
}

// Done implements context.Context.
func (c *lazyDeadline) Done() <-chan struct{} { return c.real().Done() }

// Err implements context.Context.
func (c *lazyDeadline) Err() error {
	c.mu.Lock()
	inner := c.inner
	c.mu.Unlock()
	switch {
	case inner != nil:
		return inner.Err()
	case c.Context.Err() != nil:
		return c.Context.Err()
	case !time.Now().Before(c.at):
		return c.real().Err()
	}
	return nil
}

// Value implements context.Context. context.Cause looks for the real context
// through it, so the question makes it.
func (c *lazyDeadline) Value(key any) any {
	if inner := c.made(); inner != nil {
		return inner.Value(key)
	}
	return c.Context.Value(key)
}

func (c *lazyDeadline) made() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.inner
}

func (c *lazyDeadline) real() context.Context {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.inner == nil {
		c.inner, c.cancel = context.WithDeadlineCause(c.Context, c.at, core.ErrTimeout)
	}
	return c.inner
}

// release frees the timer, where there is one.
func (c *lazyDeadline) release() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		c.cancel()
	}
}
