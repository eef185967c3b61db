package kafka_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/kafka"
)

// first starts a source, hands its first message to use, and stops it. The lane may
// come again before it has stopped, where the group changes.
func first(t *testing.T, s *kafka.Source, use func(l core.Lane, task *core.Task)) {
	t.Helper()
	used := make(chan struct{})
	var once sync.Once
	stop := start(t, s, func(intake, _ context.Context, l core.Lane) {
		ts, err := l.Fetch(intake, 1)
		if err != nil {
			return
		}
		once.Do(func() {
			use(l, ts[0])
			close(used)
		})
	})
	select {
	case <-used:
	case <-time.After(patience):
		require.Fail(t, "no message")
	}
	stop()
}

func TestDeadLetterCarriesTheMessageAndWhyItDied(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		o := options(topic)
		o.DeadTopic = c.topic(t, 2, nil)
		require.NoError(t, c.producer(t, kafka.ProducerOptions{}).Send(t.Context(), []kafka.Message{{
			Topic: topic, Key: []byte("customer 7"), Value: []byte{0, 1, 0xff},
			Headers: []kafka.Header{{Key: "trace", Value: []byte("abc")}, {Key: kafka.HeaderDeadReason, Value: []byte("of an earlier death")}},
		}}))
		reason := errors.New("the card is locked " + strings.Repeat("é", 2000))
		first(t, c.source(t, o), func(l core.Lane, task *core.Task) {
			task.Attempt = 5
			require.NoError(t, l.Dead(t.Context(), task, reason))
			l.Done([]*core.Task{task})
			require.ErrorContains(t, l.Dead(t.Context(), task, reason), "before it is done")
		})

		first(t, c.source(t, options(o.DeadTopic)), func(_ core.Lane, letter *core.Task) {
			require.Equal(t, "customer 7", string(letter.Key))
			require.Equal(t, []byte{0, 1, 0xff}, letter.Payload)
			died, err := time.Parse(time.RFC3339Nano, letter.Headers[kafka.HeaderDeadTime])
			require.NoError(t, err)
			require.WithinDuration(t, time.Now(), died, time.Hour)
			text := letter.Headers[kafka.HeaderDeadReason]
			require.Len(t, text, 1023, "cut at 1 KB, between two characters")
			require.True(t, strings.HasPrefix(reason.Error(), text))
			delete(letter.Headers, kafka.HeaderDeadTime)
			delete(letter.Headers, kafka.HeaderDeadReason)
			require.Equal(t, map[string]string{
				"trace": "abc", kafka.HeaderDeadAttempts: "5", kafka.HeaderDeadTopic: topic,
				kafka.HeaderDeadPartition: "0", kafka.HeaderDeadOffset: "0",
			}, letter.Headers)
		})

		lag, err := c.source(t, o).Lag(t.Context())
		require.NoError(t, err)
		require.Zero(t, lag.Messages, "the dead letter was done")
	})
}

func TestDeadLetterThatCannotBeWrittenIsAnError(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		p := c.producer(t, kafka.ProducerOptions{})
		require.NoError(t, p.Send(t.Context(), []kafka.Message{{Topic: topic, Value: make([]byte, 5000)}}))
		for name, d := range map[string]struct{ topic, advice string }{
			"too large": {c.topic(t, 1, map[string]string{"max.message.bytes": "1000"}), "raise max.message.bytes"},
			"no topic":  {topic + ".missing", "create the topic"},
		} {
			t.Run(name, func(t *testing.T) {
				o := options(topic)
				o.DeadTopic = d.topic
				s := c.source(t, o)
				first(t, s, func(l core.Lane, task *core.Task) {
					err := l.Dead(t.Context(), task, errors.New("bad"))
					require.ErrorContains(t, err, d.advice)
					require.ErrorContains(t, err, topic+"/0/0")
				})
				lag, err := s.Lag(t.Context())
				require.NoError(t, err)
				require.EqualValues(t, 1, lag.Messages, "it is where it was")
			})
		}
	})
}

func TestDeadLetterIsGivenUpWhenItsContextEnds(t *testing.T) {
	c := fake(t)
	topic := c.topic(t, 1, nil)
	c.fill(t, topic, 1, 1, 1)
	first(t, c.source(t, options(topic)), func(l core.Lane, task *core.Task) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(core.ErrDrain)
		require.ErrorIs(t, l.Dead(ctx, task, errors.New("bad")), core.ErrDrain)
	})
}
