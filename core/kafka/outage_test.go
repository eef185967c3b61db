package kafka_test

import (
	"context"
	"fmt"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/kafka"
	"simplest_script/test/proxy"
	"simplest_script/test/services"
)

// through returns a dial that goes through a proxy, whatever address the broker gives.
func through(p *atomic.Pointer[proxy.Proxy]) kafka.Dial {
	return func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, p.Load().Addr())
	}
}

func (c *cluster) proxy(t *testing.T) *proxy.Proxy {
	p, err := proxy.New(c.brokers[0])
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	return p
}

func TestCutConnectionsLoseNothing(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 2, nil)
		p := c.proxy(t)
		var current atomic.Pointer[proxy.Proxy]
		current.Store(p)
		o := options(topic)
		o.Dial = through(&current)
		got := newRecord(t)
		stop := start(t, c.source(t, o), each(got.add))
		for round := range 4 {
			c.fill(t, topic, 2, 1+200*round, 100)
			got.waitFor(2, 200*round+100)
			p.Cut()
			c.fill(t, topic, 2, 101+200*round, 100)
			got.waitFor(2, 200*round+200)
		}
		p.Refuse()
		p.Cut()
		c.fill(t, topic, 2, 801, 100)
		p.Heal()
		got.waitFor(2, 900)
		stop()
	})
}

// Nothing passes any more on the connections that the member has, and no error
// says so; only the watch over stalls can find out.
func TestStalledMemberJoinsAnew(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		silent, sound := c.proxy(t), c.proxy(t)
		var current atomic.Pointer[proxy.Proxy]
		current.Store(silent)
		o := options(topic)
		o.Dial, o.Stall = through(&current), time.Second
		got, logs := newRecord(t), newLogs()
		start(t, kafka.NewSource(c.open, o, logs.logger), each(got.add))
		c.fill(t, topic, 1, 1, 10)
		got.waitFor(1, 10)
		require.Zero(t, logs.count("join it anew"))

		silent.Pause()
		current.Store(sound)
		c.fill(t, topic, 1, 11, 10)
		got.waitFor(1, 20)
		require.Equal(t, 1, logs.count("join it anew"))
	})
}

func TestRunEndsThoughBrokersAreSilent(t *testing.T) {
	onEach(t, func(t *testing.T, c *cluster) {
		topic := c.topic(t, 1, nil)
		p := c.proxy(t)
		var current atomic.Pointer[proxy.Proxy]
		current.Store(p)
		o := options(topic)
		o.Dial = through(&current)
		got := newRecord(t)
		stop := start(t, c.source(t, o), each(got.add))
		c.fill(t, topic, 1, 1, 10)
		got.waitFor(1, 10)
		p.Pause()
		stop()
	})
}

func TestRestartedBrokerLosesNothing(t *testing.T) {
	server := services.New(t, "kafka")
	c := connect(t, strings.Split(server.Var("TEST_KAFKA_BROKERS"), ","))
	topic := "orders"
	require.NoError(t, c.admin.CreateTopic(t.Context(), topic, 3, nil))
	got, logs := newRecord(t), newLogs()
	stop := start(t, kafka.NewSource(c.open, options(topic), logs.logger), each(got.add))
	for round := range 2 {
		c.fill(t, topic, 3, 1+1000*round, 1000)
		got.waitFor(3, 1000*(round+1))
		if round == 0 {
			server.Kill()
			logs.waitFor(t, "service away")
			server.Start()
		}
	}
	stop()
	require.Contains(t, logs.text(), "service is back")
	lag, err := c.source(t, options(topic)).Lag(t.Context())
	require.NoError(t, err)
	require.Zero(t, lag.Messages, fmt.Sprint(lag))
}
