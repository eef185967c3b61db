package delayqueue

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Tally counts the events of one run.
type Tally struct {
	mu     sync.Mutex
	counts map[EventType]int
	late   Histogram
	open   map[uint64]bool // pushed, and not seen to end; nil where nobody asks
}

// NewTally returns an empty Tally.
func NewTally() *Tally { return &Tally{counts: map[EventType]int{}} }

// TrackOpen lets Unsettled know which jobs were pushed. It costs memory for each
// of them until it ends, so it is for runs of limited length.
func (t *Tally) TrackOpen() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open = map[uint64]bool{}
}

// Observe is an Observer.
func (t *Tally) Observe(e Event) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.counts[e.Type]++
	switch e.Type {
	case Pushed:
		if t.open != nil {
			t.open[e.ID] = true
		}
	case Started:
		t.late.add(e.Late)
	case Done, Failed, Skipped, Cancelled:
		delete(t.open, e.ID)
	}
}

// Unsettled returns the ids of jobs that this process pushed and did not see end.
// One that ended before its push returned is among them: only its row tells.
func (t *Tally) Unsettled() []uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Sorted(maps.Keys(t.open))
}

// Count returns how many events of the type were seen.
func (t *Tally) Count(e EventType) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.counts[e]
}

// Late returns the lateness that the given share of the starts did not exceed,
// to within a tenth; 0 where nothing was started.
func (t *Tally) Late(share float64) time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.late.Quantile(share)
}
