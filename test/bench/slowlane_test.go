//go:build unix

package bench_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"simplest_script/core"
	"simplest_script/core/conf"
)

// slowBar is the part of their rate that seven partitions must keep.
const slowBar = 0.9

// BenchmarkSlowLane works off 8 partitions through the whole machine, once with a
// handler that does nothing, and once with one that takes 20 ms per message of one of
// them: the other seven keep their rate.
func BenchmarkSlowLane(b *testing.B) {
	const partitions, slow = 8, 0
	total := messages(b, 800_000) / partitions * partitions // each has as many
	t := newTopic(b, partitions, total)
	b.ResetTimer()
	beside := func(name string, pause time.Duration) way {
		return way{name, func(b *testing.B, round int, begun func()) {
			var calls tally
			handler := func(ctx context.Context, t *core.Task) error {
				if t.Partition != slow {
					calls[t.Partition].n.Add(1)
				} else if pause > 0 {
					select {
					case <-time.After(pause):
					case <-ctx.Done():
					}
				}
				return nil
			}
			group := fmt.Sprintf("%s-%v-%d", t.name, pause, round)
			e := conf.QueueEntry{Topic: t.name, GroupID: group, Progress: partitions}
			through(b, t.source(group), e, handler, nil, func() { follow(b, total/partitions*(partitions-1), begun, calls.sum) })
		}}
	}
	const disturbed = "a slow eighth"
	ratio := duel(b, total/partitions*(partitions-1), beside("a quick eighth", 0), beside(disturbed, 20*time.Millisecond))[disturbed]
	b.ReportMetric(ratio, "of-undisturbed")
	if ratio < slowBar {
		b.Fatalf("beside a slow partition the others keep %.2f of their rate, less than %.2f", ratio, slowBar)
	}
}
