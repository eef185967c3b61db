package delayqueue

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func attemptOf(timeout time.Duration) (*attemptContext, context.CancelCauseFunc) {
	ctx, cancel := context.WithCancelCause(context.Background())
	return &attemptContext{parent: ctx, task: &core.Task{}, timeout: timeout}, cancel
}

func TestAttemptEndsAtItsTimeout(t *testing.T) {
	for name, look := range map[string]func(c *attemptContext) error{
		"who asks for Err":   func(c *attemptContext) error { time.Sleep(2 * time.Minute); return c.Err() },
		"who waits for Done": func(c *attemptContext) error { <-c.Done(); return c.Err() },
		"who asked before":   func(c *attemptContext) error { c.Value("key"); time.Sleep(2 * time.Minute); return c.Err() },
		"who derives from it": func(c *attemptContext) error {
			d, stop := context.WithCancel(c)
			defer stop()
			<-d.Done()
			return d.Err()
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, cancel := attemptOf(time.Minute)
				defer cancel(nil)
				require.True(t, c.begin())
				defer c.end()
				at, limited := c.Deadline()
				require.True(t, limited)
				require.Equal(t, time.Now().Add(time.Minute), at)
				require.NoError(t, c.Err())
				require.NoError(t, c.cause())
				require.ErrorIs(t, look(c), context.DeadlineExceeded)
				require.ErrorIs(t, context.Cause(c), core.ErrTimeout)
				require.ErrorIs(t, c.cause(), core.ErrTimeout)
			})
		})
	}
}

func TestAttemptWithoutTimeoutEndsWithItsGeneration(t *testing.T) {
	c, cancel := attemptOf(0)
	require.True(t, c.begin())
	_, limited := c.Deadline()
	require.False(t, limited)
	cancel(core.ErrDrain)
	require.ErrorIs(t, c.cause(), core.ErrDrain)
	<-c.Done()
}

func TestRevokedAttempt(t *testing.T) {
	c, cancel := attemptOf(time.Minute)
	defer cancel(nil)
	require.True(t, c.begin())
	defer c.end()
	c.revoke()
	<-c.Done()
	require.ErrorIs(t, c.cause(), core.ErrCancelled)

	before, cancelBefore := attemptOf(0)
	defer cancelBefore(nil)
	before.revoke()
	require.False(t, before.begin(), "it does not begin any more")
}

// A goroutine that a handler left behind may look at the context for the first time
// when the attempt is over: it must hear of the end, and nothing must keep it.
func TestAttemptThatHasEndedIsOverAlsoForWhoAsksLater(t *testing.T) {
	c, cancel := attemptOf(0)
	defer cancel(nil)
	require.True(t, c.begin())
	c.end()
	require.ErrorIs(t, c.Err(), context.Canceled)
	select {
	case <-c.Done():
	default:
		require.Fail(t, "it waits for the end of the daemon")
	}
}
