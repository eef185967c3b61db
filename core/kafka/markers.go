package kafka

import (
	"context"
	"fmt"

	"github.com/IBM/sarama"
)

// fewMarkers is how many offsets at the end of a partition may be looked at for
// being the markers of transactions alone.
const fewMarkers = 10

// skipMarkers lets partitions end where the group stands, in whose last few offsets
// there is nothing but markers, which end transactions: no consumer is given them, so
// none commits them, and they would be a lag for ever. The caller holds the turn.
func (g *gauge) skipMarkers(ctx context.Context, a *Admin, positions map[int32]Position) error {
	for partition, p := range positions {
		if n := p.waiting(g.options.Initial); n == 0 || n > fewMarkers {
			continue
		}
		stretch := [2]int64{p.first(), p.End}
		if g.markers[partition] != stretch {
			only, err := a.onlyMarkers(ctx, g.options.Topic, partition, p.first(), p.End)
			if err != nil {
				return err
			}
			if !only {
				continue
			}
			g.markers[partition] = stretch
		}
		p.End = p.first()
		positions[partition] = p
	}
	return nil
}

// onlyMarkers tells whether there is nothing but markers from one offset to before
// another. Messages of aborted transactions count as messages.
func (a *Admin) onlyMarkers(ctx context.Context, topic string, partition int32, from, end int64) (only bool, err error) {
	err = a.do(ctx, func() error {
		leader, err := a.client.Leader(topic, partition)
		if err != nil {
			return err
		}
		for from < end {
			batches, err := fetch(leader, topic, partition, from)
			if err != nil {
				return err
			}
			for _, b := range batches {
				if b.RecordBatch == nil || !b.RecordBatch.Control {
					return nil
				}
				from = b.RecordBatch.LastOffset() + 1
			}
			if len(batches) == 0 {
				return nil // compacted away, or not to be seen now
			}
		}
		only = true
		return nil
	})
	if err != nil {
		return false, plain(err, "looking at %s/%d from offset %d", topic, partition, from)
	}
	return only, nil
}

// fetch returns what is stored from an offset on, as far as one small answer goes.
func fetch(leader *sarama.Broker, topic string, partition int32, from int64) ([]*sarama.Records, error) {
	const oldest, anyEpoch, bytes = 4, -1, 16 << 10 // the oldest version that knows transactions
	r := &sarama.FetchRequest{Version: oldest, MaxBytes: bytes, Isolation: sarama.ReadCommitted}
	r.AddBlock(topic, partition, from, bytes, anyEpoch)
	answer, err := leader.Fetch(r)
	if err != nil {
		return nil, err
	}
	block := answer.GetBlock(topic, partition)
	if block == nil {
		return nil, sarama.ErrIncompleteResponse
	}
	if block.Err != sarama.ErrNoError {
		return nil, fmt.Errorf("fetching: %w", block.Err)
	}
	return block.RecordsSet, nil
}
