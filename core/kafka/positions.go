package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/IBM/sarama"
)

// Position is where a group stands in a partition.
type Position struct {
	Start, End int64 // the oldest offset that is kept; the one behind the last that may be read now
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

// settle commits the end of each partition for which a group has committed nothing.
// A group that has members has settled already, and is left alone: the brokers
// refuse commits of those who are not among them.
func (a *Admin) settle(topic, group string) error {
	positions, err := a.positions(topic, group)
	if errors.Is(err, sarama.ErrUnknownTopicOrPartition) {
		return nil // nothing lies in it that could be passed over
	}
	if err != nil {
		return err
	}
	ends := map[int32]sarama.OffsetAndMetadata{}
	for partition, p := range positions {
		if p.Committed < 0 {
			ends[partition] = sarama.OffsetAndMetadata{Offset: p.End, LeaderEpoch: -1}
		}
	}
	if len(ends) == 0 {
		return nil
	}
	answer, err := a.admin.AlterConsumerGroupOffsets(group, map[string]map[int32]sarama.OffsetAndMetadata{topic: ends}, nil)
	if err != nil {
		return err
	}
	for partition, refused := range answer.Errors[topic] {
		if !errors.Is(refused, sarama.ErrNoError) && !hasMembers(refused) {
			return fmt.Errorf("partition %d: %w", partition, refused)
		}
	}
	return nil
}

// hasMembers tells whether a commit was refused because the group has members.
func hasMembers(err error) bool {
	return errors.Is(err, sarama.ErrUnknownMemberId) || errors.Is(err, sarama.ErrIllegalGeneration) ||
		errors.Is(err, sarama.ErrRebalanceInProgress)
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
	// What lies behind a transaction that is still open does not wait for consumers.
	answer, err := a.admin.ListOffsets(map[string]map[int32]int64{topic: ask}, &sarama.ListOffsetsOptions{IsolationLevel: sarama.ReadCommitted})
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
