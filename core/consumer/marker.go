package consumer

import (
	"time"

	"simplest_script/core"
)

// marker marks finished messages as done: a whole slice at once where the handler
// is quick, one by one where it is slow. It looks at the clock seldom where
// messages are quick, because that would cost more than they do.
type marker struct {
	lane   core.Lane
	began  time.Time
	marked time.Time // when messages were last marked
	stride int       // messages until the next look at the clock
	left   int
	tasks  []*core.Task
	count  int
	long   bool // the worker has stayed long enough
}

func newMarker(l core.Lane, items []item) *marker {
	now := time.Now()
	return &marker{lane: l, began: now, marked: now, stride: 1, tasks: make([]*core.Task, 0, len(items))}
}

func (m *marker) add(t *core.Task) {
	m.tasks = append(m.tasks, t)
	m.count++
	if m.left--; m.left > 0 {
		return
	}
	now := time.Now()
	m.long = now.Sub(m.began) >= quantum
	if now.Sub(m.marked) >= markWithin {
		m.flush()
		m.marked, m.stride = now, 1
	} else {
		m.stride = min(2*m.stride, longestStride)
	}
	m.left = m.stride
}

func (m *marker) flush() {
	if len(m.tasks) > 0 {
		m.lane.Done(m.tasks)
		m.tasks = nil // the lane may keep the slice
	}
}

// finish marks the rest and returns how many messages there were and how long
// they took.
func (m *marker) finish() (int, time.Duration) {
	m.flush()
	return m.count, time.Since(m.began)
}
