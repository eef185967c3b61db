package delay_queue

import (
	"context"
	"fmt"

	"simplest_script/core"
	"simplest_script/core/logger"
)

// greeting is the params of delay_test.
type greeting struct {
	Name string `json:"name"`
}

// DelayTest is the sample to copy for a new delay job. Its params are JSON, such
// as {"name":"测试"}. What it does must be safe to do twice: a job runs at least
// once, and t.ID is the same each time.
func DelayTest() core.Handler {
	return core.JSON(func(ctx context.Context, t *core.Task, g greeting) error {
		if g.Name == "" {
			return fmt.Errorf("params have no name: %w", core.ErrSkipRetry) // trying again cannot help
		}
		t.Progress(50, "greeting")
		logger.From(ctx).Info("delay_test greets")
		return t.SetResult(map[string]string{"hello": g.Name})
	})
}
