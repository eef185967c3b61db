package kafka

import (
	"context"
	"errors"

	"github.com/IBM/sarama"
)

// Admin reads and changes what brokers keep about topics and groups. Its methods
// may be called concurrently. Where a ctx ends during a call, the connection is
// cut, and all further calls fail: open a new Admin then.
type Admin struct {
	dialer *dialer
	client sarama.Client
	admin  sarama.ClusterAdmin
}

// OpenAdmin connects to a cluster. clientID is the name that they log, and dial
// opens the connections; empty and nil mean the defaults.
func OpenAdmin(ctx context.Context, cluster Cluster, clientID string, dial Dial) (*Admin, error) {
	set(&clientID, defaultClientID)
	a := &Admin{dialer: newDialer(dial)}
	err := a.do(ctx, func() (err error) {
		cfg, err := baseConfig(clientID, cluster, a.dialer)
		if err != nil {
			return err
		}
		cfg.Metadata.Full, cfg.Metadata.RefreshFrequency = true, 0 // of all topics, but only now
		cfg.Metadata.AllowAutoTopicCreation = false                // looking at a topic does not create it
		if a.client, err = sarama.NewClient(cluster.Brokers, cfg); err != nil {
			return err
		}
		a.admin, err = sarama.NewClusterAdminFromClient(a.client)
		return err
	})
	if err != nil {
		a.Close()
		return nil, plain(err, "connecting to Kafka at %v", cluster.Brokers)
	}
	return a, nil
}

// Close ends the connection.
func (a *Admin) Close() {
	a.dialer.hangUp()
	if a.client != nil && !a.client.Closed() {
		_ = a.client.Close() // the connections are gone already
	}
}

// do calls f, which the end of ctx cuts short.
func (a *Admin) do(ctx context.Context, f func() error) error {
	stop := context.AfterFunc(ctx, a.dialer.hangUp)
	defer stop()
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := f(); err != nil {
		return errors.Join(ctx.Err(), err)
	}
	return nil
}

// CreateTopic creates a topic with so many partitions, with the brokers' number of
// replicas and the settings given, such as max.message.bytes. A topic that exists
// is left as it is.
func (a *Admin) CreateTopic(ctx context.Context, topic string, partitions int, settings map[string]string) error {
	detail := &sarama.TopicDetail{NumPartitions: int32(partitions), ReplicationFactor: -1, ConfigEntries: map[string]*string{}}
	for name, value := range settings {
		detail.ConfigEntries[name] = &value
	}
	err := a.do(ctx, func() error { return a.admin.CreateTopic(topic, detail, false) })
	if err != nil && !errors.Is(err, sarama.ErrTopicAlreadyExists) {
		return plain(err, "creating topic %q", topic)
	}
	return nil
}

// DeleteTopic deletes a topic and its messages.
func (a *Admin) DeleteTopic(ctx context.Context, topic string) error {
	if err := a.do(ctx, func() error { return a.admin.DeleteTopic(topic) }); err != nil {
		return plain(err, "deleting topic %q", topic)
	}
	return nil
}
