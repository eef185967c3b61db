//go:build unix

package bench_test

import (
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"simplest_script/test/median"
)

const (
	rounds = 5
	// patience ends a round whose messages do not come.
	patience = 2 * time.Minute
)

// way is one way to work off the messages. It calls begun with the first of them,
// and returns when all are done.
type way struct {
	name string
	work func(b *testing.B, round int, begun func())
}

// figures are what a way took in each round.
type figures struct {
	rates []float64 // messages per second
	cpu   []float64 // processor time of this process, nanoseconds per message
}

// duel lets the ways work off total messages in turns, the first being the floor,
// and returns for each the median ratio of its rates to those of the floor in the
// same round.
func duel(b *testing.B, total int, ways ...way) map[string]float64 {
	all := make([]figures, len(ways))
	for round := range rounds {
		for i, w := range ways {
			rate, cpu := measure(total, func(begun func()) { w.work(b, round, begun) })
			all[i].rates, all[i].cpu = append(all[i].rates, rate), append(all[i].cpu, cpu)
		}
	}
	medians := map[string]float64{}
	for i, w := range ways {
		ratios := make([]float64, rounds)
		for round := range rounds {
			ratios[round] = all[i].rates[round] / all[0].rates[round]
		}
		medians[w.name] = median.Of(ratios)
		b.Logf("%-14s %8.0f messages/s, %4.0f ns of processor time each; of the floor %.2f (rounds: %.2f)",
			w.name, median.Of(all[i].rates), median.Of(all[i].cpu), median.Of(ratios), ratios)
	}
	b.ReportMetric(0, "ns/op")
	return medians
}

func measure(total int, work func(begun func())) (rate, cpu float64) {
	var first time.Time
	var used time.Duration
	work(func() { first, used = time.Now(), processorTime() })
	took := time.Since(first)
	return float64(total) / took.Seconds(), float64(processorTime()-used) / float64(total)
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// tally counts what a handler was given, by partition, each on cache lines of its own.
type tally [16]struct {
	n atomic.Int64
	_ [120]byte
}

func (t *tally) sum() (n int) {
	for i := range t {
		n += int(t[i].n.Load())
	}
	return n
}
