package delayqueue

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSpanThatEndsWhileItIsWrittenInVainIsWrittenLater(t *testing.T) {
	now := int64(3_600_000)
	s := newStatistics(func() int64 { return now })
	s.observe(Event{Type: Done, Kind: "k"})
	_, put := s.take()
	now += 60_000
	s.observe(Event{Type: Done, Kind: "k"}) // the next minute
	put()
	changed, _ := s.take()
	done := uint64(0)
	for _, c := range changed {
		if c.Minutes == 1 {
			done += c.Done
		}
	}
	require.Equal(t, uint64(2), done)
	changed, _ = s.take()
	require.Empty(t, changed)
}
