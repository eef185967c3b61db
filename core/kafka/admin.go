package kafka

import (
	"context"
	"errors"
	"fmt"

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

// OpenAdmin connects to the brokers. clientID is the name that they log, and dial
// opens the connections; empty and nil mean the defaults.
func OpenAdmin(ctx context.Context, brokers []string, clientID string, dial Dial) (*Admin, error) {
	set(&clientID, defaultClientID)
	a := &Admin{dialer: newDialer(dial)}
	err := a.do(ctx, func() (err error) {
		cfg := baseConfig(clientID, a.dialer)
		cfg.Metadata.Full, cfg.Metadata.RefreshFrequency = true, 0 // of all topics, but only now
		if a.client, err = sarama.NewClient(brokers, cfg); err != nil {
			return err
		}
		a.admin, err = sarama.NewClusterAdminFromClient(a.client)
		return err
	})
	if err != nil {
		a.Close()
		return nil, plain(err, "connecting to Kafka at %v", brokers)
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

// DeleteGroup deletes a group that has no members, with its offsets.
func (a *Admin) DeleteGroup(ctx context.Context, group string) error {
	if err := a.do(ctx, func() error { return a.admin.DeleteConsumerGroup(group) }); err != nil {
		return plain(err, "deleting group %q", group)
	}
	return nil
}

// Position is where a group stands in a partition.
type Position struct {
	Start, End int64 // the oldest offset that is kept; the one that the next message gets
	Committed  int64 // the next to read; −1: nothing is committed
}

// Positions tells where a group stands in each partition of a topic. What is
// committed is read before the ends, so that it is never ahead of them by the
// order of reading alone.
func (a *Admin) Positions(ctx context.Context, topic, group string) (map[int32]Position, error) {
	var positions map[int32]Position
	err := a.do(ctx, func() (err error) {
		positions, err = a.positions(topic, group)
		return err
	})
	if err != nil {
		return nil, plain(err, "reading the offsets of topic %q and group %q", topic, group)
	}
	return positions, nil
}

func (a *Admin) positions(topic, group string) (map[int32]Position, error) {
	if err := a.client.RefreshMetadata(topic); err != nil {
		return nil, err
	}
	partitions, err := a.client.Partitions(topic)
	if err != nil {
		return nil, err
	}
	committed, err := a.committed(topic, group, partitions)
	if err != nil {
		return nil, err
	}
	ends, err := a.offsets(topic, partitions, sarama.OffsetNewest)
	if err != nil {
		return nil, err
	}
	starts, err := a.offsets(topic, partitions, sarama.OffsetOldest)
	if err != nil {
		return nil, err
	}
	positions := make(map[int32]Position, len(partitions))
	for _, p := range partitions {
		positions[p] = Position{Start: starts[p], End: ends[p], Committed: committed[p]}
	}
	return positions, nil
}

// committed returns the offsets that a group has committed, −1 where it has none.
func (a *Admin) committed(topic, group string, partitions []int32) (map[int32]int64, error) {
	offsets := make(map[int32]int64, len(partitions))
	answer, err := a.admin.ListConsumerGroupOffsets(group, map[string][]int32{topic: partitions})
	unknown := errors.Is(err, sarama.ErrGroupIDNotFound) // some brokers say so, others answer −1
	if err != nil && !unknown {
		return nil, err
	}
	for _, p := range partitions {
		offsets[p] = -1
		if unknown {
			continue
		}
		block := answer.GetBlock(topic, p)
		if block == nil {
			return nil, fmt.Errorf("partition %d: %w", p, sarama.ErrIncompleteResponse)
		}
		if !errors.Is(block.Err, sarama.ErrNoError) {
			return nil, fmt.Errorf("partition %d: %w", p, block.Err)
		}
		offsets[p] = block.Offset
	}
	return offsets, nil
}

// offsets returns the ends of partitions, or their starts, as which says.
func (a *Admin) offsets(topic string, partitions []int32, which int64) (map[int32]int64, error) {
	ask := make(map[int32]int64, len(partitions))
	for _, p := range partitions {
		ask[p] = which
	}
	answer, err := a.admin.ListOffsets(map[string]map[int32]int64{topic: ask}, nil)
	if err != nil {
		return nil, err
	}
	offsets := make(map[int32]int64, len(partitions))
	for _, p := range partitions {
		result := answer[topic][p]
		if result == nil {
			return nil, fmt.Errorf("partition %d: %w", p, sarama.ErrIncompleteResponse)
		}
		if result.Err != nil && !errors.Is(result.Err, sarama.ErrNoError) {
			return nil, fmt.Errorf("partition %d: %w", p, result.Err)
		}
		offsets[p] = result.Offset
	}
	return offsets, nil
}
