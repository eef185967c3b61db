package kafka

import (
	"time"

	"github.com/IBM/sarama"
)

// version is the newest protocol that is spoken. Each request goes down to what
// its broker knows, so it serves brokers from 1.0 to 4.x.
var version = sarama.V2_8_0_0

// baseConfig is what every connection has.
func baseConfig(clientID string, c Cluster, d *dialer) (*sarama.Config, error) {
	cfg := sarama.NewConfig()
	cfg.ClientID = clientID
	cfg.Version = version
	cfg.Net.Proxy.Enable, cfg.Net.Proxy.Dialer = true, d
	cfg.Net.ReadTimeout = 10 * time.Second
	cfg.Net.WriteTimeout = 10 * time.Second
	cfg.Metadata.Full = false // of the topics that are used, not of all
	cfg.Metadata.RefreshFrequency = time.Minute
	cfg.Metadata.Retry.Max = 5
	cfg.Metadata.Retry.Backoff = 200 * time.Millisecond
	cfg.Metadata.Retry.BackoffFunc = func(int, int) time.Duration {
		if d.hungUp() { // waiting helps no more
			return 0
		}
		return 200 * time.Millisecond
	}
	return cfg, c.secure(cfg)
}

// never is longer than any process lives.
const never = 100 * 365 * 24 * time.Hour

// groupConfig is that of a group's member, for options that have their defaults.
func groupConfig(o Options, cluster Cluster, d *dialer) (*sarama.Config, error) {
	cfg, err := baseConfig(o.ClientID, cluster, d)
	if err != nil {
		return nil, err
	}
	// A join is answered when the slowest member has let go.
	cfg.Net.ReadTimeout = o.Rebalance + 10*time.Second
	cfg.ChannelBufferSize = o.ChannelBuffer
	c := &cfg.Consumer
	c.Return.Errors = true
	c.IsolationLevel = sarama.ReadCommitted // what its producer has taken back is no work
	c.Fetch.Default = int32(min(o.FetchBytes, 1<<30))
	c.Retry.BackoffFunc = func(retries int) time.Duration {
		return min(100*time.Millisecond<<min(retries, 10), 2*time.Second)
	}
	c.Offsets.AutoCommit.Interval = never // only what is left in the end, see member.commits
	// Newest is settled before the first join (see gauge.settle). A partition without
	// a committed offset is then one that was added later, and is read from its start;
	// so is one whose committed offset retention has deleted.
	c.Offsets.Initial = sarama.OffsetOldest
	c.Group.InstanceId = o.MemberID
	c.Group.Session.Timeout = o.Session
	c.Group.Heartbeat.Interval = o.Heartbeat
	c.Group.Rebalance.Timeout = o.Rebalance
	c.Group.Rebalance.Retry.Backoff = 500 * time.Millisecond
	c.Group.Rebalance.GroupStrategies = []sarama.BalanceStrategy{strategy(o.Strategy)}
	return cfg, nil
}

// strategy returns an object of its own for each member: they keep state.
func strategy(s Strategy) sarama.BalanceStrategy {
	if s == CooperativeSticky {
		return sarama.NewBalanceStrategyCooperativeSticky()
	}
	return sarama.NewBalanceStrategySticky()
}
