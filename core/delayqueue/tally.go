package delayqueue

import (
	"maps"
	"math"
	"slices"
	"sync"
	"time"
)

// Tally counts the events of one run.
type Tally struct {
	mu     sync.Mutex
	counts map[EventType]int
	late   [lateBuckets]int
	starts int
	open   map[uint64]bool // pushed, and not seen to end; nil where nobody asks
}

// Lateness is counted in buckets that grow by a tenth, from 0.1 ms to a day.
const (
	lateBuckets = 220
	lateFirst   = 100 * time.Microsecond
	lateGrowth  = 1.1
)

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
		t.starts++
		t.late[bucketOf(e.Late)]++
	case Done, Failed:
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
	want := int(math.Ceil(share * float64(t.starts)))
	for i, n := range t.late {
		if want -= n; want <= 0 && t.starts > 0 {
			return boundOf(i)
		}
	}
	return 0
}

func bucketOf(d time.Duration) int {
	if d <= lateFirst {
		return 0
	}
	i := int(math.Ceil(math.Log(float64(d)/float64(lateFirst)) / math.Log(lateGrowth)))
	return min(i, lateBuckets-1)
}

func boundOf(i int) time.Duration {
	return time.Duration(float64(lateFirst) * math.Pow(lateGrowth, float64(i)))
}
