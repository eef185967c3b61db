package kafka

import (
	"context"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/tool/outage"
)

// stalls remembers what the looks for stalls have found, by partition.
type stalls struct {
	// waiting is the first message that waited at the last look. Only one that waits
	// at two looks is held up: it may have been sent right before the first.
	waiting map[int32]int64
	// answered is the end of the partition when a stall last made the member join
	// anew. A stall at the same end is not answered again: what lies there may be of
	// an aborted transaction, which no consumer is ever given.
	answered map[int32]int64
}

// watch lets the member leave, to join anew, when a partition that has messages to
// read brings none for Options.Stall: consumers that never came back after a
// restart of brokers are a known complaint.
func (m *member) watch(known *stalls) {
	for outage.Sleep(m.ctx, m.options.Stall/3) {
		idle := m.idle(time.Now().Add(-m.options.Stall))
		if len(idle) == 0 {
			known.waiting = nil
			continue
		}
		positions, err := m.read()
		if err != nil {
			m.log.Debug("looking for stalled partitions", zap.Error(err))
			continue
		}
		if stalled := known.among(idle, positions, m.options.Initial); len(stalled) > 0 {
			m.log.Warn("partitions have messages but bring none: leaving the group to join it anew",
				zap.Int32s("partitions", stalled), zap.Duration("for", m.options.Stall))
			m.quit()
		}
	}
}

// read reads the positions, within a deadline.
func (m *member) read() (map[int32]Position, error) {
	ctx, cancel := context.WithTimeout(m.ctx, min(m.options.Stall, 10*time.Second))
	defer cancel()
	return m.gauge.read(ctx)
}

// idle returns the partitions that have had nothing to do since then or longer.
func (m *member) idle(then time.Time) []int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	var partitions []int32
	for p, l := range m.lanes {
		if since, ok := l.idle(); ok && since.Before(then) {
			partitions = append(partitions, p)
		}
	}
	return partitions
}

// among returns the idle partitions that are held up, and remembers them.
func (known *stalls) among(idle []int32, positions map[int32]Position, initial Initial) []int32 {
	before := known.waiting
	known.waiting = map[int32]int64{}
	var stalled []int32
	for _, partition := range idle {
		p := positions[partition]
		if p.waiting(initial) == 0 {
			continue
		}
		known.waiting[partition] = p.first()
		offset, waited := before[partition]
		end, seen := known.answered[partition]
		if waited && offset == p.first() && (!seen || end != p.End) {
			known.answered[partition] = p.End
			stalled = append(stalled, partition)
		}
	}
	return stalled
}
