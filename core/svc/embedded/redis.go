package embedded

import (
	"context"

	"github.com/alicebob/miniredis/v2"
)

// Redis returns the embedded Redis of the folder, started here if no other process
// has. It keeps nothing when its process ends.
func Redis(ctx context.Context, dir string) (*Service, error) {
	return share(ctx, dir, "redis", func() (string, func() error, error) {
		server := miniredis.NewMiniRedis()
		if err := server.StartAddr("127.0.0.1:0"); err != nil {
			return "", nil, err
		}
		server.ClockTTL(true) // keys expire by the clock, as in a Redis
		return server.Addr(), func() error { server.Close(); return nil }, nil
	})
}
