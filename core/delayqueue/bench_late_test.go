package delayqueue_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// lateSeconds is for how many seconds jobs fall due in a benchmark of lateness.
const lateSeconds = 6

// BenchmarkLate is how late jobs begin that are known before: 1,000 and 10,000 a
// second, on the full second and spread over its milliseconds.
func BenchmarkLate(b *testing.B) {
	for _, perSecond := range []int{1_000, 10_000} {
		for _, spread := range []bool{false, true} {
			name := fmt.Sprintf("%d on each full second", perSecond)
			if spread {
				name = fmt.Sprintf("%d a second by the millisecond", perSecond)
			}
			p50, p99 := make([][]float64, 2), make([][]float64, 2) // of the floor and ours, each round
			for range benchRounds {
				for i, run := range []func(*testing.B, []int64) []time.Duration{floorLate, oursLate} {
					begin := time.Now().Unix() + 3 + int64(perSecond/1000) // time to push
					var dues []int64
					for n := range perSecond * lateSeconds {
						due := (begin + int64(n/perSecond)) * 1000
						if spread {
							due += int64(n%perSecond) * 1000 / int64(perSecond)
						}
						dues = append(dues, due)
					}
					late := run(b, dues)
					slices.Sort(late)
					require.GreaterOrEqual(b, late[0], time.Duration(0), "early")
					p50[i] = append(p50[i], milliseconds(late[len(late)/2]))
					p99[i] = append(p99[i], milliseconds(late[len(late)*99/100]))
				}
			}
			b.Logf("%-30s floor p50 %.2f p99 %.2f ms, ours p50 %.2f p99 %.2f ms, of the floor %.2f (p99 of the rounds %.2f and %.2f)", name,
				median(p50[0]), median(p99[0]), median(p50[1]), median(p99[1]), median(p99[1])/median(p99[0]), p99[0], p99[1])
		}
	}
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// floorLate sleeps until jobs are due and starts a goroutine for each, from memory.
func floorLate(_ *testing.B, dues []int64) []time.Duration {
	late := make([]time.Duration, len(dues))
	var running sync.WaitGroup
	for i := 0; i < len(dues); {
		time.Sleep(time.Until(time.UnixMilli(dues[i])))
		for now := time.Now().UnixMilli(); i < len(dues) && dues[i] <= now; i++ {
			job := i
			running.Go(func() { late[job] = time.Since(time.UnixMilli(dues[job])) })
		}
	}
	running.Wait()
	return late
}

func oursLate(b *testing.B, dues []int64) []time.Duration {
	db := dbtest.New(b, sqldb.MySQL)
	late := make([]time.Duration, len(dues))
	var done sync.WaitGroup
	done.Add(len(dues))
	engine, stop := benchDaemon(b, db, func(_ context.Context, t *core.Task) error {
		now := time.Now()
		i, err := strconv.Atoi(string(t.Payload))
		late[i] = now.Sub(time.UnixMilli(dues[i]))
		return err
	}, func(e delayqueue.Event) {
		if e.Type == delayqueue.Done {
			done.Done()
		}
	})
	defer stop()
	for from := 0; from < len(dues); from += 1000 {
		jobs := benchBatch(from, min(1000, len(dues)-from), 0)
		for i := range jobs {
			jobs[i].ExecTime, jobs[i].ExecMs = int(dues[from+i]/1000), int(dues[from+i]%1000)
		}
		_, err := engine.Queue().PushContext(b.Context(), jobs)
		require.NoError(b, err)
	}
	done.Wait()
	return late
}
