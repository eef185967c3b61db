//go:build unix

package bench_test

import (
	"context"
	"crypto/rand"
	"os"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/redislist"
)

// redisBar is the ratio to the plain script below which BenchmarkRedis fails.
const redisBar = 0.7

// plainScript is the floor: the fewest commands that take a batch and lose nothing as
// long as no answer is cut off. It deletes the batch before.
const plainScript = `
redis.call('DEL', KEYS[2])
local batch = redis.call('LRANGE', KEYS[1], -ARGV[1], -1)
if #batch > 0 then
  redis.call('LTRIM', KEYS[1], 0, -#batch - 1)
  redis.call('LPUSH', KEYS[2], unpack(batch))
end
return batch`

// BenchmarkRedis works off a list with a registered handler that does nothing: through
// the whole machine, with four workers, and through a loop around the plain script.
// BENCH_MESSAGES sets how many messages there are.
func BenchmarkRedis(b *testing.B) {
	total := messages(b, 300_000)
	l := newList(b)
	b.ResetTimer()
	ratios := duel(b, total, func(b *testing.B) { l.fill(b, total) },
		way{"plain script", func(b *testing.B, _ int, begun func()) { l.plainLoop(b, total, begun) }},
		way{"ours", func(b *testing.B, _ int, begun func()) {
			open := func(context.Context) (redis.UniversalClient, error) { return l.client, nil }
			src := redislist.NewSource(open, redislist.Options{Key: l.key}, zap.NewNop())
			engine(b, src, conf.QueueEntry{Key: l.key, Progress: 4}, total, begun)
		}})
	b.ReportMetric(ratios["ours"], "of-plain")
	if ratios["ours"] < redisBar {
		b.Fatalf("%.2f of the plain script, less than %.2f", ratios["ours"], redisBar)
	}
}

// list is a list on the real Redis.
type list struct {
	client *redis.Client
	key    string
}

func newList(b *testing.B) list {
	address := os.Getenv("TEST_REDIS_ADDR")
	if address == "" {
		b.Skip("TEST_REDIS_ADDR is not set: start the services with `make services-up`")
	}
	l := list{client: redis.NewClient(&redis.Options{Addr: address}), key: "bench:" + rand.Text()[:8]}
	b.Cleanup(func() {
		require.NoError(b, l.client.Del(context.Background(), l.key, l.key+":work").Err())
		require.NoError(b, l.client.Close())
	})
	return l
}

// fill pushes messages of 200 bytes.
func (l list) fill(b *testing.B, total int) {
	block := make([]any, 1000)
	for i := range block {
		block[i] = strings.Repeat("x", 200)
	}
	for sent := 0; sent < total; sent += len(block) {
		require.NoError(b, l.client.LPush(b.Context(), l.key, block[:min(len(block), total-sent)]...).Err())
	}
}

// plainLoop takes batches of 500, which was faster than larger and smaller ones.
func (l list) plainLoop(b *testing.B, total int, begun func()) {
	script := redis.NewScript(plainScript)
	begun()
	for done := 0; done < total; {
		batch, err := script.Run(b.Context(), l.client, []string{l.key, l.key + ":work"}, 500).StringSlice()
		require.NoError(b, err)
		require.NotEmpty(b, batch, "messages are missing")
		done += len(batch)
	}
	require.NoError(b, l.client.Del(b.Context(), l.key+":work").Err())
}
