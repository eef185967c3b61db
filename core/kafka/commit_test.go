package kafka_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/kafka"
)

// What a SIGKILL makes come again is what was given out and is not committed. The
// brokers are asked what is committed each time that more is given out; the time
// after which sarama commits by itself never comes.
func TestNoMoreThanTheWindowIsEverUncommitted(t *testing.T) {
	for _, strategy := range []kafka.Strategy{kafka.Sticky, kafka.CooperativeSticky} {
		t.Run(string(strategy), func(t *testing.T) {
			onEach(t, func(t *testing.T, c *cluster) {
				const partitions, many, window = 2, 1000, 100
				topic := c.topic(t, partitions, nil)
				c.fill(t, topic, partitions, 1, many)
				o := options(topic)
				o.Strategy, o.Window, o.Commit = strategy, window, time.Hour
				got := newRecord(t)
				var asking sync.Mutex
				stop := start(t, c.source(t, o), func(intake, _ context.Context, l core.Lane) {
					for {
						ts, err := l.Fetch(intake, 60)
						if err != nil {
							return
						}
						last := ts[len(ts)-1]
						asking.Lock()
						positions, err := c.admin.Positions(context.Background(), topic, topic)
						asking.Unlock()
						require.NoError(t, err)
						committed := max(positions[last.Partition].Committed, 0)
						assert.LessOrEqual(t, last.Offset+1-committed, int64(window), "partition %d", last.Partition)
						for _, task := range ts {
							got.add(task)
						}
						l.Done(ts)
					}
				})
				got.waitFor(partitions, many)
				stop()
				require.Zero(t, got.repeated())
			})
		})
	}
}
