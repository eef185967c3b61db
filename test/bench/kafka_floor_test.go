//go:build unix

package bench_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

// alone takes the slices of a source and calls them done: what the source costs by
// itself.
func alone(b *testing.B, src core.Source, total int, begun func()) {
	var done atomic.Int64
	intake, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- src.Run(intake, b.Context(), func(intake, _ context.Context, l core.Lane) {
			for {
				ts, err := l.Fetch(intake, 1024)
				if err != nil {
					return
				}
				l.Done(ts)
				done.Add(int64(len(ts)))
			}
		})
	}()
	follow(b, total, begun, func() int { return int(done.Load()) })
	stop()
	require.NoError(b, <-ended)
}

// bareLoop is the floor: the loop of sarama's own example, with channels as large
// as those of our source.
func (t topic) bareLoop(b *testing.B, group string, total int, begun func()) {
	cfg := sarama.NewConfig()
	cfg.Consumer.Offsets.Initial = sarama.OffsetOldest
	cfg.ChannelBufferSize = 1024
	g, err := sarama.NewConsumerGroup(t.brokers, group, cfg)
	require.NoError(b, err)
	ctx, cancel := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	var seen loop
	go func() { ended <- g.Consume(ctx, []string{t.name}, &seen) }()
	follow(b, total, begun, (*tally)(&seen).sum)
	cancel()
	require.NoError(b, <-ended)
	require.NoError(b, g.Close())
	require.Equal(b, total, (*tally)(&seen).sum())
}

// loop is the sarama.ConsumerGroupHandler that counts and marks.
type loop tally

func (*loop) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (*loop) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (l *loop) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for m := range claim.Messages() {
		l[m.Partition].n.Add(1)
		session.MarkMessage(m, "")
	}
	return nil
}
