package kafka_test

import (
	"context"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/kafka"
)

// bar is the ratio to the raw loop below which BenchmarkNoOp fails.
const bar = 0.8

// BenchmarkNoOp consumes a topic of 4 partitions with handlers that do nothing:
// through a Source, and through the bare loop of sarama that marks each message,
// with the channels of the Source. They read the same messages, turn by turn; the
// ratio is the median of the rounds. BENCH_MESSAGES sets how many there are.
func BenchmarkNoOp(b *testing.B) {
	c := fake(b)
	if os.Getenv("TEST_KAFKA_BROKERS") != "" {
		c = genuine(b)
	}
	const partitions, rounds = 4, 5
	total := 1_000_000
	if n, err := strconv.Atoi(os.Getenv("BENCH_MESSAGES")); err == nil {
		total = n
	}
	topic := c.topic(b, partitions, nil)
	c.load(b, topic, total)
	ways := []struct {
		name    string
		consume func(b *testing.B, group string, count func(n int) (last bool))
	}{
		{"raw", c.raw(topic, raw(1024))},
		{"raw with sarama's defaults", c.raw(topic, raw(256))},
		{"ours", c.ours(topic)},
	}
	rates := make([][]float64, len(ways))
	b.ResetTimer()
	for round := range rounds {
		for i, way := range ways {
			rates[i] = append(rates[i], rate(b, total, func(count func(int) bool) {
				way.consume(b, topic+way.name[:3]+strconv.Itoa(round*len(ways)+i), count)
			}))
		}
	}
	var ratios []float64
	for round := range rounds {
		ratios = append(ratios, rates[2][round]/rates[0][round])
	}
	for i, way := range ways {
		b.Logf("%-28s %8.0f messages/s (median of %d)", way.name, median(rates[i]), rounds)
	}
	ratio := median(ratios)
	b.Logf("ours of raw: %.2f (rounds: %.2f)", ratio, ratios)
	b.ReportMetric(ratio, "of-raw")
	b.ReportMetric(0, "ns/op")
	if ratio < bar {
		b.Fatalf("%.2f of the raw loop, less than %.2f", ratio, bar)
	}
}

func median(values []float64) float64 {
	return slices.Sorted(slices.Values(values))[len(values)/2]
}

// load fills a topic with messages of 100 bytes.
func (c *cluster) load(b *testing.B, topic string, total int) {
	p := c.producer(b, kafka.ProducerOptions{Partitioner: kafka.RoundRobin})
	batch := make([]kafka.Message, 10_000)
	for i := range batch {
		batch[i] = kafka.Message{Topic: topic, Value: make([]byte, 100)}
	}
	for sent := 0; sent < total; sent += len(batch) {
		require.NoError(b, p.Send(b.Context(), batch[:min(len(batch), total-sent)]))
	}
}

// rate measures from the first message to the last, and that none is missing.
func rate(b *testing.B, total int, consume func(count func(n int) bool)) float64 {
	counts, took := make(chan int, 4096), make(chan time.Duration)
	go func() {
		sum, first := 0, time.Time{}
		for n := range counts {
			if first.IsZero() {
				first = time.Now()
			}
			if sum += n; sum == total {
				took <- time.Since(first)
				return
			}
		}
	}()
	done := make(chan struct{})
	var duration time.Duration
	go func() {
		duration = <-took
		close(done)
	}()
	consume(func(n int) bool {
		if n > 0 {
			counts <- n
			return false
		}
		select {
		case <-done:
		case <-time.After(patience):
			b.Error("messages are missing")
		}
		return true
	})
	return float64(total) / duration.Seconds()
}

// ours consumes through a Source until count says that all have come.
func (c *cluster) ours(topic string) func(*testing.B, string, func(int) bool) {
	return func(b *testing.B, group string, count func(int) bool) {
		s := kafka.NewSource(c.open, kafka.Options{Topic: topic, GroupID: group}, zap.NewNop())
		stop := start(b, s, func(intake, _ context.Context, l core.Lane) {
			for {
				ts, err := l.Fetch(intake, 1024)
				if err != nil {
					return
				}
				l.Done(ts)
				count(len(ts))
			}
		})
		count(0)
		stop()
	}
}

func raw(buffer int) *sarama.Config {
	cfg := sarama.NewConfig()
	cfg.Consumer.Offsets.Initial = sarama.OffsetOldest
	cfg.ChannelBufferSize = buffer
	return cfg
}

// raw consumes through the bare loop.
func (c *cluster) raw(topic string, cfg *sarama.Config) func(*testing.B, string, func(int) bool) {
	return func(b *testing.B, group string, count func(int) bool) {
		g, err := sarama.NewConsumerGroup(c.brokers, group, cfg)
		require.NoError(b, err)
		ctx, cancel := context.WithCancel(b.Context())
		ended := make(chan error, 1)
		go func() { ended <- g.Consume(ctx, []string{topic}, bare(func() { count(1000) })) }()
		count(0)
		cancel()
		require.NoError(b, <-ended)
		require.NoError(b, g.Close())
	}
}

// bare is the loop of sarama's own example; it reports each thousand messages.
type bare func()

func (bare) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (bare) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (report bare) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	n := 0
	for m := range claim.Messages() {
		session.MarkMessage(m, "")
		if n++; n%1000 == 0 {
			report()
		}
	}
	return nil
}
