package embedded_test

import (
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	"simplest_script/core/svc/embedded"
)

func send(t *testing.T, addr, value string) {
	t.Helper()
	cfg := sarama.NewConfig()
	cfg.Producer.Return.Successes = true
	producer, err := sarama.NewSyncProducer([]string{addr}, cfg)
	require.NoError(t, err)
	_, _, err = producer.SendMessage(&sarama.ProducerMessage{Topic: "orders", Key: sarama.StringEncoder("k"), Value: sarama.StringEncoder(value)})
	require.NoError(t, err)
	require.NoError(t, producer.Close())
}

// receive reads n messages from the partition to which the key k belongs.
func receive(t *testing.T, addr string, n int) []string {
	t.Helper()
	consumer, err := sarama.NewConsumer([]string{addr}, nil)
	require.NoError(t, err)
	partitions, err := consumer.Partitions("orders")
	require.NoError(t, err)
	require.Len(t, partitions, 4)
	p, err := sarama.NewHashPartitioner("orders").Partition(&sarama.ProducerMessage{Key: sarama.StringEncoder("k")}, 4)
	require.NoError(t, err)
	messages, err := consumer.ConsumePartition("orders", p, sarama.OffsetOldest)
	require.NoError(t, err)
	var values []string
	for range n {
		values = append(values, string((<-messages.Messages()).Value))
	}
	require.NoError(t, messages.Close())
	require.NoError(t, consumer.Close())
	return values
}

func TestKafkaKeepsItsMessages(t *testing.T) {
	dir := t.TempDir()
	first, err := embedded.Kafka(t.Context(), dir)
	require.NoError(t, err)
	send(t, first.Addr, "one")
	require.NoError(t, first.Close())

	second, err := embedded.Kafka(t.Context(), dir)
	require.NoError(t, err)
	send(t, second.Addr, "two")
	require.Equal(t, []string{"one", "two"}, receive(t, second.Addr, 2))
	require.NoError(t, second.Close())
}
