package delayqueue

import (
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
