package kafka_test

import (
	"testing"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/kafka"
)

// transact sends messages in one transaction, and commits or aborts it.
func (c *cluster) transact(t *testing.T, topic string, commit bool, values ...string) {
	t.Helper()
	cfg := sarama.NewConfig()
	cfg.Version = sarama.V2_8_0_0
	cfg.Net.MaxOpenRequests = 1
	cfg.Producer.Idempotent, cfg.Producer.RequiredAcks, cfg.Producer.Return.Successes = true, sarama.WaitForAll, true
	cfg.Producer.Transaction.ID = topic
	p, err := sarama.NewSyncProducer(c.brokers, cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, p.Close()) }()
	require.NoError(t, p.BeginTxn())
	for _, value := range values {
		_, _, err := p.SendMessage(&sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(value)})
		require.NoError(t, err)
	}
	if commit {
		require.NoError(t, p.CommitTxn())
	} else {
		require.NoError(t, p.AbortTxn())
	}
}

// What its producer has taken back is no work.
func TestAbortedTransactionsAreNotConsumed(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		c.transact(t, topic, true, "1", "2")
		c.transact(t, topic, false, "90", "91")
		c.transact(t, topic, true, "3")
		got := newRecord(t)
		start(t, c.source(t, options(topic)), each(got.add))
		got.waitFor(1, 3)
	})
}

// The marker that ends a transaction has an offset, which no consumer is ever given
// and none commits. It is no lag, and no reason to join anew.
func TestMarkersOfTransactionsAreNoLag(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		c.transact(t, topic, true, "1", "2")
		o := options(topic)
		o.Stall = 300 * time.Millisecond
		got, logs := newRecord(t), newLogs()
		s := kafka.NewSource(c.open, o, logs.logger)
		start(t, s, each(got.add))
		got.waitFor(1, 2)
		require.Eventually(t, func() bool { return lagOf(t, s) == core.Lag{Lanes: 1} }, patience, time.Millisecond)
		c.transact(t, topic, true, "3")
		got.waitFor(1, 3)
		require.Eventually(t, func() bool { return lagOf(t, s) == core.Lag{Lanes: 1} }, patience, time.Millisecond)
		require.Zero(t, logs.count("join it anew"))
	})
}
