package redislist_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/redislist"
)

// plainLoop is the floor: the fewest commands that take a batch and lose nothing
// as long as no answer is cut. It deletes the batch before.
const plainLoop = `
redis.call('DEL', KEYS[2])
local batch = redis.call('LRANGE', KEYS[1], -ARGV[1], -1)
if #batch > 0 then
  redis.call('LTRIM', KEYS[1], 0, -#batch - 1)
  redis.call('LPUSH', KEYS[2], unpack(batch))
end
return batch`

// BenchmarkNoop works off messages of 200 bytes with a handler that does nothing,
// in turns with the plain loop, and reports messages per second of both and the
// median of the ratios of neighbours.
func BenchmarkNoop(b *testing.B) {
	const messages, rounds = 200_000, 5
	for _, batch := range []int{100, 500} {
		b.Run(fmt.Sprintf("batch%d", batch), func(b *testing.B) {
			c := dial(b, realRedis(b))
			key := freshKey(b, c)
			for b.Loop() {
				var floors, ours, ratios []float64
				for range rounds {
					floor := rate(b, c, key, messages, func() int { return runPlain(b, c, key, batch) })
					our := rate(b, c, key, messages, func() int { return runSource(b, c, key, batch, messages) })
					floors, ours, ratios = append(floors, floor), append(ours, our), append(ratios, our/floor)
				}
				b.ReportMetric(median(floors), "plain/s")
				b.ReportMetric(median(ours), "ours/s")
				b.ReportMetric(median(ratios), "ratio")
			}
		})
	}
}

// rate fills the list and returns how many messages per second run takes from it,
// which must be all.
func rate(b *testing.B, c *redis.Client, key string, messages int, run func() int) float64 {
	payload := strings.Repeat("x", 200)
	block := make([]any, 1000)
	for i := range block {
		block[i] = payload
	}
	for range messages / len(block) {
		require.NoError(b, c.LPush(b.Context(), key, block...).Err())
	}
	began := time.Now()
	require.Equal(b, messages, run())
	took := time.Since(began)
	require.Empty(b, leftovers(b, c, key))
	return float64(messages) / took.Seconds()
}

func runPlain(b *testing.B, c *redis.Client, key string, batch int) (done int) {
	script := redis.NewScript(plainLoop)
	for {
		ms, err := script.Run(b.Context(), c, []string{key, key + ":work"}, batch).StringSlice()
		require.NoError(b, err)
		if len(ms) == 0 {
			return done
		}
		done += len(ms)
	}
}

func runSource(b *testing.B, c *redis.Client, key string, batch, messages int) (done int) {
	var d *daemon
	all := make(chan struct{})
	d = start(b, c, redislist.Options{Key: key}, func(intake, _ context.Context, l core.Lane) {
		defer close(all)
		for done < messages {
			ts, err := l.Fetch(intake, batch)
			if err != nil {
				b.Error(err)
				return
			}
			done += len(ts)
			l.Done(ts)
		}
	})
	<-all
	d.end()
	return done
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
