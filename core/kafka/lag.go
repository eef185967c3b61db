package kafka

import (
	"context"
	"sync"

	"go.uber.org/zap"

	"simplest_script/core"
)

// gauge reads where a group stands, over a connection of its own: that of the
// member can be busy with a join for as long as a rebalance takes.
type gauge struct {
	open    Open
	options Options
	log     *zap.Logger

	turn  chan struct{} // one reading at a time; who holds it may use the next two
	admin *Admin        // nil: not connected
	kept  bool          // the connection outlives a reading

	mu   sync.Mutex
	last map[int32]Position // the reading before, of Lag
	lost map[int32]int64    // by partition, up to where a loss was reported
}

func newGauge(open Open, o Options, log *zap.Logger) *gauge {
	return &gauge{open: open, options: o, log: log, turn: make(chan struct{}, 1), lost: map[int32]int64{}}
}

// Lag tells how many messages of the topic are not yet committed by the group.
func (s *Source) Lag(ctx context.Context) (core.Lag, error) {
	positions, err := s.gauge.read(ctx)
	if err != nil {
		return core.Lag{}, err
	}
	return s.gauge.lag(positions), nil
}

// read returns the positions.
func (g *gauge) read(ctx context.Context) (positions map[int32]Position, err error) {
	err = g.use(ctx, func(a *Admin) error {
		positions, err = a.Positions(ctx, g.options.Topic, g.options.GroupID)
		return err
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

// use calls f with the connection. After an error it is opened anew.
func (g *gauge) use(ctx context.Context, f func(*Admin) error) error {
	select {
	case g.turn <- struct{}{}:
		defer g.release()
	case <-ctx.Done():
		return ctx.Err()
	}
	if g.admin == nil {
		brokers, err := g.open(ctx)
		if err != nil {
			return err
		}
		if g.admin, err = OpenAdmin(ctx, brokers, g.options.ClientID, g.options.Dial); err != nil {
			return err
		}
	}
	err := f(g.admin)
	if err != nil || !g.kept {
		g.disconnect()
	}
	return err
}

// keep lets the connection stay open until close.
func (g *gauge) keep() {
	g.turn <- struct{}{}
	defer g.release()
	g.kept = true
}

func (g *gauge) close() {
	g.turn <- struct{}{}
	defer g.release()
	g.kept = false
	g.disconnect()
}

func (g *gauge) disconnect() {
	if g.admin != nil {
		g.admin.Close()
		g.admin = nil
	}
}

func (g *gauge) release() { <-g.turn }

// lag sums up a reading and compares it with the one before.
func (g *gauge) lag(positions map[int32]Position) core.Lag {
	g.mu.Lock()
	defer g.mu.Unlock()
	sum := core.Lag{Lanes: len(positions)}
	for partition, p := range positions {
		waiting := p.waiting(g.options.Initial)
		sum.Messages += waiting
		if before, known := g.last[partition]; known && waiting > 0 && before.first() == p.first() {
			sum.Stuck += waiting
		}
		g.reportLoss(partition, p)
	}
	g.last = positions
	return sum
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
