package embedded_test

import (
	"errors"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
)

func TestRedisKeysExpire(t *testing.T) {
	s := redisIn(t, t.TempDir())
	c := client(t, s.Addr)
	require.NoError(t, c.Set(t.Context(), "gone", "v", 10*time.Millisecond).Err())
	require.NoError(t, c.Set(t.Context(), "there", "v", time.Hour).Err())
	require.Eventually(t, func() bool { return errors.Is(c.Get(t.Context(), "gone").Err(), redis.Nil) }, 10*time.Second, time.Millisecond)
	require.NoError(t, c.Get(t.Context(), "there").Err())
	require.NoError(t, s.Close())
}
