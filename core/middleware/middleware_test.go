package middleware_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/middleware"
)

func TestRecoverTurnsAPanicIntoAnErrorWithItsStack(t *testing.T) {
	h := middleware.Recover(core.HandlerFunc(func(context.Context, *core.Task) error { panic("boom") }))
	var p *middleware.PanicError
	require.ErrorAs(t, h.Handle(t.Context(), &core.Task{}), &p)
	require.EqualError(t, p, "panic: boom")
	require.Contains(t, string(p.Stack), "middleware_test.go")
}

func TestTimeoutSaysWhyTheContextEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := middleware.Timeout(time.Second)(core.HandlerFunc(func(ctx context.Context, _ *core.Task) error {
			<-ctx.Done()
			require.ErrorIs(t, context.Cause(ctx), core.ErrTimeout)
			return ctx.Err()
		}))
		err := h.Handle(t.Context(), &core.Task{})
		require.ErrorIs(t, err, core.ErrTimeout)
		require.ErrorContains(t, err, "after 1s")
	})
}

func TestTimeoutWaitsForAHandlerThatDoesNotListen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		h := middleware.Timeout(time.Second)(core.HandlerFunc(func(context.Context, *core.Task) error {
			<-time.After(5 * time.Second)
			return nil
		}))
		require.NoError(t, h.Handle(t.Context(), &core.Task{}), "what is done is done, late or not")
		require.Equal(t, 5*time.Second, time.Since(began))
	})
}

func TestTimeoutLeavesOtherErrorsAlone(t *testing.T) {
	broken := errors.New("broken")
	h := middleware.Timeout(time.Minute)(core.HandlerFunc(func(context.Context, *core.Task) error { return broken }))
	require.Equal(t, broken, h.Handle(t.Context(), &core.Task{}))
}
