//go:build unix

package bench_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/consumer"
	"simplest_script/core/kafka"
)

// kafkaBar is the ratio to the bare loop below which BenchmarkKafka fails.
const kafkaBar = 0.8

// BenchmarkKafka works off a topic of 4 partitions with a registered handler that
// does nothing: through the whole machine, in each order, through the source without
// dispatcher and workers, and through the bare loop of sarama that marks each message.
// BENCH_MESSAGES sets how many there are.
func BenchmarkKafka(b *testing.B) {
	const partitions = 4
	total := messages(b, 1_000_000)
	t := newTopic(b, partitions, total)
	b.ResetTimer()
	ours := func(order consumer.Order, workers int) way {
		return way{string(order), func(b *testing.B, round int, begun func()) {
			group := fmt.Sprintf("%s-%s-%d", t.name, order, round)
			engine(b, t.source(group), conf.QueueEntry{Topic: t.name, GroupID: group, Progress: workers, Order: string(order)}, total, begun)
		}}
	}
	ratios := duel(b, total,
		way{"bare loop", func(b *testing.B, round int, begun func()) { t.bareLoop(b, t.name+strconv.Itoa(round), total, begun) }},
		way{"source alone", func(b *testing.B, round int, begun func()) {
			alone(b, t.source(fmt.Sprintf("%s-source-%d", t.name, round)), total, begun)
		}},
		ours(consumer.ByPartition, partitions), ours(consumer.Unordered, 2*partitions), ours(consumer.ByKey, 2*partitions))
	ratio := ratios[string(consumer.ByPartition)]
	b.ReportMetric(ratio, "of-raw")
	if ratio < kafkaBar {
		b.Fatalf("%.2f of the bare loop, less than %.2f", ratio, kafkaBar)
	}
}

// messages is how many there are to be.
func messages(b *testing.B, otherwise int) int {
	text := os.Getenv("BENCH_MESSAGES")
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	require.NoError(b, err, "BENCH_MESSAGES")
	return n
}

// topic is a topic on the real Kafka, filled.
type topic struct {
	name    string
	brokers []string
}

func newTopic(b *testing.B, partitions, total int) topic {
	brokers := os.Getenv("TEST_KAFKA_BROKERS")
	if brokers == "" {
		b.Skip("TEST_KAFKA_BROKERS is not set: start the services with `make services-up`")
	}
	t := topic{name: "bench-" + strings.ToLower(rand.Text()[:8]), brokers: strings.Split(brokers, ",")}
	admin, err := kafka.OpenAdmin(b.Context(), kafka.Brokers(t.brokers...), "", nil)
	require.NoError(b, err)
	b.Cleanup(admin.Close)
	require.NoError(b, admin.CreateTopic(b.Context(), t.name, partitions, nil))
	b.Cleanup(func() { require.NoError(b, admin.DeleteTopic(context.Background(), t.name)) })
	t.fill(b, partitions, total)
	return t
}

func (t topic) open(context.Context) (kafka.Cluster, error) { return kafka.Brokers(t.brokers...), nil }

func (t topic) source(group string) core.Source {
	return kafka.NewSource(t.open, kafka.Options{Topic: t.name, GroupID: group, Rebalance: time.Second}, zap.NewNop())
}

// fill sends messages of 100 bytes with 10,000 keys, to all partitions alike.
func (t topic) fill(b *testing.B, partitions, total int) {
	const keys = 10_000
	p := kafka.NewProducer(t.open, kafka.ProducerOptions{Partitioner: kafka.Manual}, zap.NewNop())
	defer func() { require.NoError(b, p.Close(context.Background())) }()
	batch := make([]kafka.Message, keys)
	for i := range batch {
		batch[i] = kafka.Message{Topic: t.name, Partition: int32(i % partitions), Key: strconv.AppendInt(nil, int64(i), 10), Value: make([]byte, 100)}
	}
	for sent := 0; sent < total; sent += keys {
		require.NoError(b, p.Send(b.Context(), batch[:min(keys, total-sent)]))
	}
}
