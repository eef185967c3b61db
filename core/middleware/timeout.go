package middleware

import (
	"context"
	"errors"
	"fmt"
	"time"

	"simplest_script/core"
)

// Timeout ends the handler's context after d with the cause core.ErrTimeout; 0
// means no limit. It waits for the handler to return: work that goes on in the
// background would run beside its own retry.
func Timeout(d time.Duration) core.Middleware {
	return func(next core.Handler) core.Handler {
		if d <= 0 {
			return next
		}
		return core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
			ctx, cancel := context.WithTimeoutCause(ctx, d, core.ErrTimeout)
			defer cancel()
			err := next.Handle(ctx, t)
			if err != nil && errors.Is(context.Cause(ctx), core.ErrTimeout) && !errors.Is(err, core.ErrTimeout) {
				return fmt.Errorf("%w after %s: %w", core.ErrTimeout, d, err)
			}
			return err
		})
	}
}
