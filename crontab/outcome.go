package crontab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"simplest_script/core"
	"simplest_script/core/middleware"
)

// outcomeOf says how a handler ended. One that returns nil has done its work,
// whatever became of its context.
func outcomeOf(ctx context.Context, work *core.Task, result error, cost, timeout time.Duration) Outcome {
	o := Outcome{State: Success, Result: string(work.Result()), Cost: cost}
	if result == nil {
		return o
	}
	o.State, o.Reason = Failed, result.Error()
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, core.ErrTimeout):
		o.Reason = fmt.Sprintf("%v after %s: %v", core.ErrTimeout, timeout, result)
	case cause != nil:
		o.Reason = fmt.Sprintf("%v: %v", cause, result)
	}
	var panicked *middleware.PanicError
	if errors.As(result, &panicked) {
		o.Result = string(panicked.Stack)
	}
	return o
}
