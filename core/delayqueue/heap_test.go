package delayqueue

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestHeapGivesJobsInTheOrderTheyFallDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dues := rapid.SliceOf(rapid.Int64Range(0, 50)).Draw(t, "dues")
		var h dueHeap
		for _, d := range dues {
			h.push(&job{Row: Row{Due: d}})
		}
		var got []int64
		for len(h) > 0 {
			got = append(got, h.pop().Due)
		}
		want := slices.Clone(dues)
		slices.Sort(want)
		require.Equal(t, want, append([]int64{}, got...))
	})
}
