package kafka

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
)

// gauge reads where a group stands, over a connection of its own: that of the
// member can be busy with a join for as long as a rebalance takes.
type gauge struct {
	*link
	log *zap.Logger

	// By partition, the offsets in which there are only markers, from the first to
	// before the second. Who has the link's turn may use it.
	markers map[int32][2]int64

	mu     sync.Mutex
	fronts map[int32]front // of the partitions in which messages wait
	lost   map[int32]int64 // by partition, up to where a loss was reported
}

// front is the first message that waits in a partition, and since when it has been
// seen to be that.
type front struct {
	offset int64
	since  time.Time
}

func newGauge(open Open, o Options, log *zap.Logger) *gauge {
	return &gauge{link: newLink(open, o), log: log, markers: map[int32][2]int64{}, fronts: map[int32]front{}, lost: map[int32]int64{}}
}

// Lag tells how many messages of the topic are not yet committed by the group.
func (s *Source) Lag(ctx context.Context) (core.Lag, error) {
	positions, err := s.gauge.read(ctx)
	if err != nil {
		return core.Lag{}, err
	}
	return s.gauge.lag(positions), nil
}

// read returns the positions, with ends that leave out the markers of transactions.
func (g *gauge) read(ctx context.Context) (positions map[int32]Position, err error) {
	err = g.use(ctx, func(a *Admin) error {
		if positions, err = a.Positions(ctx, g.options.Topic, g.options.GroupID); err != nil {
			return err
		}
		return g.skipMarkers(ctx, a, positions)
	})
	return positions, err
}

// settle lets a group that is new, and begins at the newest offset, begin now.
func (g *gauge) settle(ctx context.Context) error {
	return g.use(ctx, func(a *Admin) error {
		err := a.do(ctx, func() error { return a.settle(g.options.Topic, g.options.GroupID) })
		if err != nil {
			return plain(err, "letting group %q begin at the end of topic %q", g.options.GroupID, g.options.Topic)
		}
		return nil
	})
}

// lag sums up a reading. A partition is stuck where its front has stood still for
// longer than a handler, its retries and the wait for a worker take: between two
// looks alone it stands still for any slow handler too.
func (g *gauge) lag(positions map[int32]Position) core.Lag {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := time.Now()
	sum := core.Lag{Lanes: len(positions)}
	for partition, p := range positions {
		g.reportLoss(partition, p)
		waiting := p.waiting(g.options.Initial)
		if waiting == 0 {
			delete(g.fronts, partition)
			continue
		}
		sum.Messages += waiting
		f, known := g.fronts[partition]
		if !known || f.offset != p.first() {
			f = front{offset: p.first(), since: now}
			g.fronts[partition] = f
		}
		if now.Sub(f.since) >= g.options.Standstill {
			sum.Stuck += waiting
		}
	}
	return sum
}

// assigned lets the front of a partition begin anew, since who has it now has not
// tried it yet.
func (g *gauge) assigned(partition int32) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.fronts, partition)
}

// waiting is how many offsets lie before a group; where it has committed nothing,
// that depends on where it will begin. What retention has deleted does not wait.
func (p Position) waiting(initial Initial) int64 {
	if p.Committed < 0 && initial == Newest {
		return 0
	}
	return max(p.End-p.first(), 0)
}

// first is the offset of the first message that waits, if any does.
func (p Position) first() int64 { return max(p.Committed, p.Start) }

// reportLoss logs, once for each loss, that messages were deleted before the group
// had read them. The caller holds the lock.
func (g *gauge) reportLoss(partition int32, p Position) {
	if p.Committed < 0 || p.Committed >= p.Start || g.lost[partition] >= p.Start {
		return
	}
	g.lost[partition] = p.Start
	g.log.Error("messages were deleted by the topic's retention before they were read: raise retention.ms, or read faster",
		zap.Int32("partition", partition), zap.Int64("lost", p.Start-p.Committed),
		zap.Int64("committed", p.Committed), zap.Int64("start", p.Start))
}
