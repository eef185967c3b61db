package exec

import (
	"context"
	"fmt"
	"strings"

	"simplest_script/core"
)

// RedisTest is the sample to copy for a consumer of a Redis list whose elements
// are plain text.
func RedisTest() core.Handler {
	return core.HandlerFunc(func(_ context.Context, t *core.Task) error {
		text := strings.TrimSpace(string(t.Payload))
		if text == "" {
			return fmt.Errorf("an empty message: %w", core.ErrSkipRetry)
		}
		return t.SetResult(map[string]int{"length": len(text)})
	})
}
