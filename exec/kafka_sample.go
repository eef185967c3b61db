package exec

import (
	"context"
	"fmt"

	"simplest_script/core"
)

// order is the message of the sample topic.
type order struct {
	ID     string `json:"id"`
	Amount int    `json:"amount"` // cents
}

// KafkaTest is the sample to copy for a consumer of a Kafka topic. It shows the
// three ends of a message: done (nil), wrong for good (ErrSkipRetry), and tried
// again later (any other error).
func KafkaTest() core.Handler {
	return core.JSON(func(_ context.Context, t *core.Task, o order) error {
		if o.ID == "" || o.Amount <= 0 {
			return fmt.Errorf("an order needs an id and a positive amount: %w", core.ErrSkipRetry)
		}
		return t.SetResult(map[string]any{"order": o.ID, "partition": t.Partition})
	})
}
