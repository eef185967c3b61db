package kafka_test

import (
	"context"
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/kafka"
)

func lagOf(t *testing.T, s *kafka.Source) core.Lag {
	t.Helper()
	lag, err := s.Lag(t.Context())
	require.NoError(t, err)
	return lag
}

func TestLagWhereNothingIsCommitted(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 3, nil)
		c.fill(t, topic, 3, 1, 10)
		o := options(topic)
		require.Equal(t, core.Lag{Messages: 30, Lanes: 3}, lagOf(t, c.source(t, o)))
		o.Initial = kafka.Newest
		require.Equal(t, core.Lag{Lanes: 3}, lagOf(t, c.source(t, o)))
	})
}

func TestLagTellsWhatIsStuck(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 2, nil)
		c.fill(t, topic, 2, 1, 10)
		o := options(topic)
		patient := c.source(t, o)
		o.Standstill = time.Millisecond
		s := c.source(t, o)
		poison, got := make(chan struct{}), newRecord(t)
		stop := start(t, s, each(func(task *core.Task) {
			if task.Partition == 1 {
				<-poison
			}
			got.add(task)
		}))
		got.waitFor(1, 10)
		require.Eventually(t, func() bool {
			return lagOf(t, s) == core.Lag{Messages: 10, Lanes: 2, Stuck: 10}
		}, patience, 1e6)
		c.fill(t, topic, 2, 11, 5)
		got.waitFor(1, 15)
		require.Eventually(t, func() bool {
			return lagOf(t, s) == core.Lag{Messages: 15, Lanes: 2, Stuck: 15}
		}, patience, 1e6, "what arrives behind the poison is stuck too")
		for range 3 {
			require.Equal(t, core.Lag{Messages: 15, Lanes: 2}, lagOf(t, patient), "a handler may be slower than the looks at it")
		}
		close(poison)
		got.waitFor(2, 15)
		stop()
		require.Equal(t, core.Lag{Lanes: 2}, lagOf(t, s))
	})
}

func TestLagReportsWhatRetentionDeleted(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		c.fill(t, topic, 1, 1, 10)
		stop := start(t, c.source(t, options(topic)), func(intake, _ context.Context, l core.Lane) {
			for total := 0; total < 2; {
				ts, err := l.Fetch(intake, 1)
				if err != nil {
					return
				}
				l.Done(ts)
				total++
			}
		})
		logs := newLogs()
		s := kafka.NewSource(c.open, options(topic), logs.logger)
		require.Eventually(t, func() bool { return lagOf(t, s).Messages == 8 }, patience, 1e6)
		stop()
		require.Zero(t, logs.count("retention"))

		c.deleteBefore(t, topic, 7)
		require.Equal(t, core.Lag{Messages: 3, Lanes: 1}, lagOf(t, s), "what is deleted does not wait")
		lagOf(t, s)
		require.Equal(t, 1, logs.count("retention"), "once")
		loss := logs.entries.FilterMessageSnippet("retention").All()[0].ContextMap()
		require.EqualValues(t, 5, loss["lost"])
		require.EqualValues(t, 2, loss["committed"])
	})
}

// deleteBefore deletes the messages of partition 0 below an offset, as retention does.
func (c *cluster) deleteBefore(t *testing.T, topic string, offset int64) {
	cfg := sarama.NewConfig()
	admin, err := sarama.NewClusterAdmin(c.brokers, cfg)
	require.NoError(t, err)
	require.NoError(t, admin.DeleteRecords(topic, map[int32]int64{0: offset}))
	require.NoError(t, admin.Close())
}

func TestLagThatCannotBeReadIsAnError(t *testing.T) {
	away := kafka.NewSource(func(context.Context) (kafka.Cluster, error) { return kafka.Brokers("127.0.0.1:1"), nil },
		options("orders"), newLogs().logger)
	_, err := away.Lag(t.Context())
	require.ErrorContains(t, err, "127.0.0.1:1")

	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		_, err := c.source(t, options(topic+"-missing")).Lag(t.Context())
		require.ErrorContains(t, err, "create the topic")
		ended, end := context.WithCancel(t.Context())
		end()
		s := c.source(t, options(topic))
		_, err = s.Lag(ended)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, core.Lag{Lanes: 1}, lagOf(t, s), "and it can be read again")
	})
}

func TestTopicThatExistsIsLeftAsItIs(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		c.fill(t, topic, 1, 1, 5)
		require.NoError(t, c.admin.CreateTopic(t.Context(), topic, 3, nil))
		require.Equal(t, core.Lag{Messages: 5, Lanes: 1}, lagOf(t, c.source(t, options(topic))))
	})
}
