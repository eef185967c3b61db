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
	f := middleware.Read(result)
	o.State, o.Reason = Failed, f.Text
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, core.ErrTimeout):
		o.Reason = fmt.Sprintf("%v after %s: %s", core.ErrTimeout, timeout, f.Text)
	case cause != nil:
		o.Reason = fmt.Sprintf("%v: %s", cause, f.Text)
	}
	if p := middleware.PanicOf(result); p != nil {
		o.Result = string(p.Stack)
	}
	return o
}
