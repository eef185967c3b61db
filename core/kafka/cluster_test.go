package kafka_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/zap/zaptest"

	"simplest_script/core"
	"simplest_script/core/kafka"
)

// patience ends a test that waits for what does not come.
const patience = 90 * time.Second

// cluster is a Kafka that a test talks to.
type cluster struct {
	brokers []string
	admin   *kafka.Admin
	topics  int
}

// onEach runs a test against the in-process Kafka and, where it is there, the real one.
func onEach(t *testing.T, test func(t *testing.T, c *cluster)) {
	t.Run("fake", func(t *testing.T) { t.Parallel(); test(t, fake(t)) })
	t.Run("real", func(t *testing.T) { t.Parallel(); test(t, genuine(t)) })
}

func fake(t testing.TB, options ...kfake.Opt) *cluster {
	k, err := kfake.NewCluster(append(options, kfake.NumBrokers(1), kfake.GroupMinSessionTimeout(time.Second))...)
	require.NoError(t, err)
	t.Cleanup(k.Close)
	return connect(t, k.ListenAddrs())
}

func genuine(t testing.TB) *cluster {
	brokers := os.Getenv("TEST_KAFKA_BROKERS")
	if brokers == "" {
		t.Skip("TEST_KAFKA_BROKERS is not set: start the services with `make services-up`")
	}
	return connect(t, strings.Split(brokers, ","))
}

func connect(t testing.TB, brokers []string) *cluster {
	admin, err := kafka.OpenAdmin(context.Background(), kafka.Brokers(brokers...), "", nil)
	require.NoError(t, err)
	t.Cleanup(admin.Close)
	return &cluster{brokers: brokers, admin: admin}
}

func (c *cluster) open(context.Context) (kafka.Cluster, error) {
	return kafka.Brokers(c.brokers...), nil
}

// topic creates a topic of its own for a test.
func (c *cluster) topic(t testing.TB, partitions int, settings map[string]string) string {
	c.topics++
	name := fmt.Sprintf("test-%s-%d", strings.ToLower(rand.Text()[:8]), c.topics)
	require.NoError(t, c.admin.CreateTopic(t.Context(), name, partitions, settings))
	t.Cleanup(func() { require.NoError(t, c.admin.DeleteTopic(context.Background(), name)) })
	return name
}

// options are those of a member that notices changes of its group quickly.
func options(topic string) kafka.Options {
	return kafka.Options{Topic: topic, GroupID: topic, Session: 10 * time.Second,
		Heartbeat: 200 * time.Millisecond, Rebalance: 20 * time.Second, Commit: 100 * time.Millisecond}
}

func (c *cluster) source(t testing.TB, o kafka.Options) *kafka.Source {
	return kafka.NewSource(c.open, o, zaptest.NewLogger(t))
}

func (c *cluster) producer(t testing.TB, o kafka.ProducerOptions) *kafka.Producer {
	p := kafka.NewProducer(c.open, o, zaptest.NewLogger(t))
	t.Cleanup(func() { require.NoError(t, p.Close(context.Background())) })
	return p
}

// fill sends n numbered messages to each partition, from number first on.
func (c *cluster) fill(t testing.TB, topic string, partitions, first, n int) {
	p := c.producer(t, kafka.ProducerOptions{Partitioner: kafka.Manual})
	var messages []kafka.Message
	for i := range n {
		for partition := range partitions {
			messages = append(messages, kafka.Message{Topic: topic, Partition: int32(partition), Value: fmt.Append(nil, first+i)})
		}
	}
	require.NoError(t, p.Send(t.Context(), messages))
}

// start runs a source until stop is called, or the test ends. stop returns when
// Run has.
func start(t testing.TB, s *kafka.Source, serve core.Serve) (stop func()) {
	intake, endIntake := context.WithCancel(context.Background())
	work, endWork := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(intake, work, serve) }()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		endIntake()
		defer endWork()
		select {
		case err := <-ended:
			require.NoError(t, err)
		case <-time.After(patience):
			require.Fail(t, "Run does not end")
		}
	}
	t.Cleanup(stop)
	return stop
}

// each is a Serve that hands every message to handle and then calls it done.
func each(handle func(*core.Task)) core.Serve {
	return func(intake, _ context.Context, l core.Lane) {
		for {
			ts, err := l.Fetch(intake, 100)
			if err != nil {
				return
			}
			for _, t := range ts {
				handle(t)
			}
			l.Done(ts)
		}
	}
}
