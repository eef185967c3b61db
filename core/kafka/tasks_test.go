package kafka

import (
	"fmt"
	"math"
	"testing"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"
)

func TestTasksCarryWhatTheMessagesHave(t *testing.T) {
	var messages []*sarama.ConsumerMessage
	for i, offset := range []int64{0, 9, 10, 99, 100, 1234567, math.MaxInt64} {
		messages = append(messages, &sarama.ConsumerMessage{
			Topic: "orders", Partition: 12, Offset: offset,
			Key: fmt.Append(nil, "key", i), Value: fmt.Append(nil, "value", i),
			Headers: []*sarama.RecordHeader{{Key: []byte("n"), Value: fmt.Append(nil, i)}},
		})
	}
	for i, task := range tasks(messages) {
		m := messages[i]
		require.Equal(t, fmt.Sprintf("orders/12/%d", m.Offset), task.ID)
		require.Equal(t, "orders", task.Topic)
		require.Equal(t, int32(12), task.Partition)
		require.Equal(t, m.Offset, task.Offset)
		require.Equal(t, m.Key, task.Key)
		require.Equal(t, m.Value, task.Payload)
		require.Equal(t, map[string]string{"n": fmt.Sprint(i)}, task.Headers)
		require.Equal(t, 1, task.Attempt)
	}
}

func TestTasksAllocatePerSlice(t *testing.T) {
	messages := make([]*sarama.ConsumerMessage, 1000)
	for i := range messages {
		messages[i] = &sarama.ConsumerMessage{Topic: "orders", Offset: int64(i)}
	}
	require.Less(t, testing.AllocsPerRun(10, func() { tasks(messages) }), 10.0)
}
