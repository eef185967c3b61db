package coretest_test

import (
	"context"
	"errors"
	"fmt"

	"simplest_script/core"
	"simplest_script/core/coretest"
)

// params is what the job is pushed with.
type params struct {
	Order string `json:"order"`
}

// orderClose is the handler under test: it closes an order that was not paid.
func orderClose() core.Handler {
	return core.JSON(func(ctx context.Context, t *core.Task, p params) error {
		if p.Order == "" {
			return fmt.Errorf("there is no order in the params: %w", core.ErrSkipRetry)
		}
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("closing %s: %w", p.Order, context.Cause(ctx))
		}
		t.Progress(100, "closed")
		return t.SetResult(map[string]any{"closed": p.Order, "attempt": t.Attempt})
	})
}

// In a test, coretest.Run(t, handler, payload) does the same under the context of
// the test.
func Example() {
	out := coretest.RunContext(context.Background(), orderClose(), `{"order":"A1"}`)
	fmt.Println(out.Err, out.Result)
	fmt.Println(out.Percent, out.Progress)
	// Output:
	// <nil> {"attempt":1,"closed":"A1"}
	// 100 closed
}

// What is wrong for good must not be tried again.
func Example_failure() {
	out := coretest.RunContext(context.Background(), orderClose(), `{}`)
	fmt.Println(out.Err)
	fmt.Println(errors.Is(out.Err, core.ErrSkipRetry))
	// Output:
	// there is no order in the params: not to be retried
	// true
}

func ExampleAttempt() {
	out := coretest.RunContext(context.Background(), orderClose(), `{"order":"A1"}`, coretest.Attempt(3))
	fmt.Println(out.Result)
	// Output: {"attempt":3,"closed":"A1"}
}

// The daemon stops while the handler runs: its context ends with core.ErrDrain.
func ExampleRunContext() {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(core.ErrDrain)
	out := coretest.RunContext(ctx, orderClose(), `{"order":"A1"}`)
	fmt.Println(out.Err)
	// Output: closing A1: daemon is stopping
}
