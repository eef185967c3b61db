package delayqueue

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSpanThatEndsWhileItIsWrittenInVainIsWrittenLater(t *testing.T) {
	s := newStatistics()
	done := Event{Type: Done, Kind: "k", Due: time.Unix(3_600, 0)}
	s.observe(done)
	_, put := s.take()
	done.Due, done.Late, done.Took = done.Due.Add(20*time.Second), 20*time.Second, 20*time.Second // ends in the next minute
	s.observe(done)
	put()
	changed, _ := s.take()
	sum := uint64(0)
	for _, c := range changed {
		if c.Minutes == 1 {
			sum += c.Done
		}
	}
	require.Equal(t, uint64(2), sum)
	changed, _ = s.take()
	require.Empty(t, changed)
}

// written is what the database has of one owner: a row is written whole, so that of two with
// one key the later one is all that is left.
type written map[string]Statistic

func (w written) write(rows []Statistic) {
	for _, r := range rows {
		w[fmt.Sprint(r.Kind, r.Minutes, r.At)] = r
	}
}

// perSpan is how many jobs were done in each span of this length.
func (w written) perSpan(minutes int) map[int64]uint64 {
	done := map[int64]uint64{}
	for _, r := range w {
		if r.Minutes == minutes {
			done[r.At] += r.Done
		}
	}
	return done
}

// Events come from many goroutines, and the clock they are told by may be set back. A span
// that has ended is not begun again: its row may be in the database, and one that counts
// from zero would be written over it. So what is told late counts in the span that goes on.
func TestEventToldAfterItsSpanHasEndedCountsInTheOneThatGoesOn(t *testing.T) {
	s, rows := newStatistics(), written{}
	done := func(seconds ...int64) {
		for _, second := range seconds {
			s.observe(Event{Type: Done, Kind: "k", Due: time.Unix(second, 0)})
		}
	}
	done(3_590, 3_610, 3_599) // one of the hour before comes behind the first of this one
	changed, _ := s.take()
	rows.write(changed)
	require.Equal(t, map[int64]uint64{3_540: 1, 3_600: 2}, rows.perSpan(1))
	require.Equal(t, map[int64]uint64{0: 1, 3_600: 2}, rows.perSpan(60))

	done(3_615)
	_, put := s.take()
	done(3_665, 3_612, 3_598) // while that is written in vain, the next minute begins
	put()
	done(3_611)
	changed, _ = s.take()
	rows.write(changed)
	require.Equal(t, map[int64]uint64{3_540: 1, 3_600: 3, 3_660: 4}, rows.perSpan(1))
	require.Equal(t, map[int64]uint64{0: 1, 3_600: 7}, rows.perSpan(60), "no event is lost")
	changed, _ = s.take()
	require.Empty(t, changed)
}
