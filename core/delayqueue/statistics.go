package delayqueue

import (
	"strconv"
	"sync"
	"time"
)

// Statistic is what became of the jobs of one kind in one daemon, within a minute
// or an hour.
type Statistic struct {
	Kind    string
	Minutes int   // 1 or 60
	At      int64 // the beginning, Unix seconds by the database's clock

	Done, Failed, Retried, Skipped, Cancelled uint64

	LateMax time.Duration
	Late    []byte // a histogram
}

// counts are a Statistic as it grows.
type counts struct {
	Statistic
	late  Histogram
	dirty bool // not written as it is now
}

// kindCounts are the counts of the minute and the hour that go on. It is asked
// twice for every job, which is why nothing is looked up by time.
type kindCounts [2]*counts

// spans are the lengths of the two, in minutes.
var spans = [...]int{1, 60}

// statistics counts events in memory. The rows of a daemon are written whole each
// time, so that a write that is repeated does no harm.
type statistics struct {
	owner string

	mu    sync.Mutex
	kinds map[string]*kindCounts
	over  []*counts // whose span has ended, and which are not written
}

func newStatistics() *statistics {
	return &statistics{owner: strconv.FormatUint(NewToken(), 36), kinds: map[string]*kindCounts{}}
}

// observe is an Observer. The event says itself when it was: a look at the clock for
// each of them costs more than all the counting.
func (s *statistics) observe(e Event) {
	bucket := 0
	switch e.Type {
	case Started:
		bucket = bucketOf(e.Late)
	case Done, Failed, Retried, Skipped, Cancelled:
	default:
		return
	}
	second := e.Due.Add(e.Late + e.Took).Unix()
	s.mu.Lock()
	defer s.mu.Unlock()
	k := s.kinds[e.Kind]
	if k == nil {
		k = &kindCounts{}
		s.kinds[e.Kind] = k
	}
	for i, minutes := range spans {
		if length := int64(60 * minutes); k[i] == nil || second-k[i].At >= length {
			if k[i] != nil && k[i].dirty {
				s.over = append(s.over, k[i])
			}
			k[i] = &counts{Statistic: Statistic{Kind: e.Kind, Minutes: minutes, At: second - second%length}}
		}
		k[i].count(e, bucket)
	}
}

// count takes in an event; bucket is that of its lateness where it is a start.
func (c *counts) count(e Event, bucket int) {
	c.dirty = true
	switch e.Type {
	case Started:
		c.late.addTo(bucket, e.Late)
	case Done:
		c.Done++
	case Failed:
		c.Failed++
	case Retried:
		c.Retried++
	case Skipped:
		c.Skipped++
	case Cancelled:
		c.Cancelled++
	}
}

// take returns what has changed since the last time. put gives back what could not
// be written.
func (s *statistics) take() (changed []Statistic, put func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	taken := s.over
	s.over = nil
	for _, k := range s.kinds {
		for _, c := range k {
			if c != nil && c.dirty {
				taken = append(taken, c)
			}
		}
	}
	for _, c := range taken {
		c.dirty = false
		c.LateMax, c.Late = c.late.max, c.late.encode()
		changed = append(changed, c.Statistic)
	}
	return changed, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, c := range taken {
			if k := s.kinds[c.Kind]; !c.dirty && c != k[0] && c != k[1] {
				s.over = append(s.over, c)
			}
			c.dirty = true
		}
	}
}
