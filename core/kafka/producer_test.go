package kafka_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/kafka"
)

// read returns n messages of a topic.
func (c *cluster) read(t *testing.T, topic string, n int) []*core.Task {
	t.Helper()
	came := make(chan *core.Task, n)
	o := options(topic)
	o.GroupID = topic + "-reader"
	stop := start(t, c.source(t, o), each(func(task *core.Task) { came <- task }))
	var all []*core.Task
	for range n {
		all = append(all, <-came)
	}
	stop()
	return all
}

func messages(topic string, n int, key func(i int) []byte) []kafka.Message {
	list := make([]kafka.Message, n)
	for i := range list {
		list[i] = kafka.Message{Topic: topic, Key: key(i), Value: fmt.Append(nil, i), Partition: int32(i % 3)}
	}
	return list
}

func TestProducerSendsWithAllAcks(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		for _, acks := range []kafka.Acks{kafka.AcksAll, kafka.AcksLeader, kafka.AcksNone} {
			t.Run(string(acks), func(t *testing.T) {
				topic := c.topic(t, 1, nil)
				p := c.producer(t, kafka.ProducerOptions{Acks: acks})
				require.NoError(t, p.Send(t.Context(), messages(topic, 500, func(int) []byte { return nil })))
				for i, task := range c.read(t, topic, 500) {
					require.Equal(t, fmt.Sprint(i), string(task.Payload), "in their order")
					require.Nil(t, task.Key)
				}
			})
		}
	})
}

func TestPartitioners(t *testing.T) {
	const n, partitions = 300, 3
	sameForKey := func(t *testing.T, all []*core.Task) {
		of := map[string]int32{}
		for _, task := range all {
			if p, seen := of[string(task.Key)]; seen {
				require.Equal(t, p, task.Partition, "key %s", task.Key)
			}
			of[string(task.Key)] = task.Partition
		}
	}
	spread := func(t *testing.T, all []*core.Task) {
		of := map[int32]int{}
		for _, task := range all {
			of[task.Partition]++
		}
		require.Len(t, of, partitions)
	}
	even := func(t *testing.T, all []*core.Task) {
		of := map[int32]int{}
		for _, task := range all {
			of[task.Partition]++
		}
		require.Equal(t, map[int32]int{0: n / 3, 1: n / 3, 2: n / 3}, of)
	}
	asSaid := func(t *testing.T, all []*core.Task) {
		for _, task := range all {
			require.Equal(t, string(fmt.Append(nil, task.Partition)), string(task.Key))
		}
	}
	c := fake(t)
	for partitioner, check := range map[kafka.Partitioner]func(*testing.T, []*core.Task){
		kafka.Hash: sameForKey, kafka.CRC32: sameForKey, kafka.Murmur2: sameForKey,
		kafka.Random: spread, kafka.RoundRobin: even, kafka.Manual: asSaid,
	} {
		t.Run(string(partitioner), func(t *testing.T) {
			topic := c.topic(t, partitions, nil)
			p := c.producer(t, kafka.ProducerOptions{Partitioner: partitioner})
			require.NoError(t, p.Send(t.Context(), messages(topic, n, func(i int) []byte { return fmt.Append(nil, i%3) })))
			check(t, c.read(t, topic, n))
		})
	}
}

func TestHeadersAndTombstonesTravel(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		require.NoError(t, c.producer(t, kafka.ProducerOptions{}).Send(t.Context(), []kafka.Message{
			{Topic: topic, Key: []byte("k"), Headers: []kafka.Header{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte("2")}}},
		}))
		task := c.read(t, topic, 1)[0]
		require.Nil(t, task.Payload)
		require.Equal(t, "k", string(task.Key))
		require.Equal(t, map[string]string{"a": "2"}, task.Headers)
	})
}

func TestAsyncProducerHasSentEverythingWhenItIsClosed(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		p := c.producer(t, kafka.ProducerOptions{Async: true})
		for i := range 100 {
			require.NoError(t, p.Send(t.Context(), []kafka.Message{{Topic: topic, Value: fmt.Append(nil, i)}}))
		}
		require.NoError(t, p.Close(t.Context()))
		for i, task := range c.read(t, topic, 100) {
			require.Equal(t, fmt.Sprint(i), string(task.Payload))
		}
		require.ErrorIs(t, p.Send(t.Context(), []kafka.Message{{Topic: topic}}), kafka.ErrClosed)
	})
}

func TestProducerSaysWhatItCannotSend(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, map[string]string{"max.message.bytes": "1000"})
		p := c.producer(t, kafka.ProducerOptions{})
		require.ErrorContains(t, p.Send(t.Context(), []kafka.Message{{Topic: topic, Value: make([]byte, 5000)}}), "raise max.message.bytes")
		require.ErrorContains(t, p.Send(t.Context(), []kafka.Message{{Topic: topic + "-missing"}}), "create the topic")
		require.NoError(t, p.Send(t.Context(), []kafka.Message{{Topic: topic, Value: []byte("small")}}), "and goes on")
	})
	for want, o := range map[string]kafka.ProducerOptions{
		`not "quorum"`: {Acks: "quorum"},
		`not "sticky"`: {Partitioner: "sticky"},
	} {
		p := fake(t).producer(t, o)
		require.ErrorContains(t, p.Send(t.Context(), []kafka.Message{{Topic: "t"}}), want)
	}
}

func TestSendIsGivenUpWhenItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := func(context.Context) (kafka.Cluster, error) {
		cancel(core.ErrDrain)
		return kafka.Brokers("127.0.0.1:1"), nil
	}
	p := kafka.NewProducer(asked, kafka.ProducerOptions{}, newLogs().logger)
	require.Error(t, p.Send(ctx, []kafka.Message{{Topic: "t"}}))
	require.NoError(t, p.Close(t.Context()))
}
