package kafka

import (
	"context"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/tool/outage"
)

// stalls remembers, by partition, the end that it had when a stall last made the
// member join anew. A stall at the same end is not answered again: what lies there
// may be the marker of a transaction, which no consumer is ever given.
type stalls map[int32]int64

// watch lets the member leave, to join anew, when a partition that has messages to
// read brings none for Options.Stall: consumers that never came back after a
// restart of brokers are a known complaint.
func (m *member) watch(known stalls) {
	for outage.Sleep(m.ctx, m.options.Stall/3) {
		idle := m.idle(time.Now().Add(-m.options.Stall))
		if len(idle) == 0 {
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

// among returns the idle partitions that have messages to read, and remembers them.
func (known stalls) among(idle []int32, positions map[int32]Position, initial Initial) []int32 {
	var stalled []int32
	for _, partition := range idle {
		p := positions[partition]
		if end, seen := known[partition]; p.waiting(initial) > 0 && (!seen || end != p.End) {
			known[partition] = p.End
			stalled = append(stalled, partition)
		}
	}
	return stalled
}
