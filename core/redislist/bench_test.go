package redislist_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/consumer"
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

// messages is how many each round works off, of 200 bytes each.
const messages = 200_000

// BenchmarkNoop works off messages through the source, with batches of the size that
// the plain loop has. The bar is for those of 500: a daemon fetches up to 1,024.
//
// With batches of 500 the server is busy for about as long as with the plain loop (ids,
// deadlines and acknowledgements cost it 5 to 10 %, and a fifth with those of 100: it is
// printed). The difference is in this process: a task of 200 bytes and an id per message,
// and what the garbage collector does about them in a process that has nothing else on
// its heap. One batch ahead hides that where a core is free, and nothing hides it where
// none is.
func BenchmarkNoop(b *testing.B) {
	for _, size := range []struct {
		batch int
		bar   float64
	}{{100, 0}, {500, 0.7}} {
		b.Run(fmt.Sprintf("batch%d", size.batch), func(b *testing.B) {
			compare(b, size.batch, size.bar, func(c *redis.Client, key string) int { return runSource(b, c, key, size.batch) })
		})
	}
}

// BenchmarkConsumer works off messages as a daemon does: through the source, the
// dispatcher and two workers, which call a registered handler that does nothing.
func BenchmarkConsumer(b *testing.B) {
	compare(b, 500, 0.7, func(c *redis.Client, key string) int { return runEngine(b, c, key) })
}

// compare runs in turns with the plain loop, and reports messages per second of both,
// the processor time that they cost the server, and the median of the ratios of
// neighbours, which must not be below the bar.
func compare(b *testing.B, batch int, bar float64, run func(c *redis.Client, key string) int) {
	const rounds = 5
	c := dial(b, realRedis(b))
	key := freshKey(b, c)
	for b.Loop() {
		var floors, ours, ratios, busyFloor, busyOurs []float64
		for range rounds {
			floor, busy := rate(b, c, key, func() int { return runPlain(b, c, key, batch) })
			floors, busyFloor = append(floors, floor), append(busyFloor, busy)
			our, busy := rate(b, c, key, func() int { return run(c, key) })
			ours, busyOurs = append(ours, our), append(busyOurs, busy)
			ratios = append(ratios, our/floor)
		}
		b.ReportMetric(median(floors), "plain/s")
		b.ReportMetric(median(ours), "ours/s")
		b.ReportMetric(median(ratios), "ratio")
		b.ReportMetric(median(busyFloor), "plain-server-ms")
		b.ReportMetric(median(busyOurs), "ours-server-ms")
		if median(ratios) < bar {
			b.Errorf("the ratio is below the bar of %v: %.2v", bar, ratios)
		}
	}
}

// rate fills the list and returns how many messages per second run takes from it,
// which must be all, and the milliseconds that the server's processor needs for that.
func rate(b *testing.B, c *redis.Client, key string, run func() int) (perSecond, busy float64) {
	payload := strings.Repeat("x", 200)
	block := make([]any, 1000)
	for i := range block {
		block[i] = payload
	}
	for range messages / len(block) {
		require.NoError(b, c.LPush(b.Context(), key, block...).Err())
	}
	before, began := serverTime(b, c), time.Now()
	require.Equal(b, messages, run())
	took := time.Since(began)
	busy = serverTime(b, c) - before
	require.Empty(b, leftovers(b, c, key))
	return float64(messages) / took.Seconds(), busy
}

// serverTime is the processor time of the server so far, in milliseconds.
func serverTime(b *testing.B, c *redis.Client) float64 {
	info := c.InfoMap(b.Context(), "cpu")
	require.NoError(b, info.Err())
	user, err := strconv.ParseFloat(info.Item("CPU", "used_cpu_user"), 64)
	require.NoError(b, err)
	system, err := strconv.ParseFloat(info.Item("CPU", "used_cpu_sys"), 64)
	require.NoError(b, err)
	return 1000 * (user + system)
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

func runSource(b *testing.B, c *redis.Client, key string, batch int) (done int) {
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

func runEngine(b *testing.B, c *redis.Client, key string) int {
	var done atomic.Int64
	all := make(chan struct{})
	reg := core.NewRegistry()
	reg.Add("noop", core.HandlerFunc(func(context.Context, *core.Task) error {
		if done.Add(1) == messages {
			close(all)
		}
		return nil
	}))
	e := consumer.NewEngine(consumer.Config{}, reg, func(e conf.QueueEntry) (core.Source, error) {
		return redislist.NewSource(func(context.Context) (redis.UniversalClient, error) { return c, nil },
			redislist.Options{Key: e.Key}, zap.NewNop()), nil
	}, zap.NewNop(), nil)
	e.Apply([]conf.QueueEntry{{Entry: conf.Entry{Name: "noop", ExecCmd: "noop", Active: true}, Key: key,
		Progress: 2, MaxProgress: 2, ProgressLagLimit: 1 << 30, ProgressAvgMsgcount: 1 << 30}})
	intake, end := context.WithCancel(b.Context())
	go func() {
		<-all
		end()
	}()
	require.NoError(b, e.Run(intake, b.Context()))
	return int(done.Load())
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
