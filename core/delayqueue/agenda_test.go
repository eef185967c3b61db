package delayqueue

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestAgendaGivesJobsInTheOrderTheyFallDue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dues := rapid.SliceOf(rapid.Int64Range(0, 50)).Draw(t, "dues")
		unwanted := rapid.Int64Range(0, 50).Draw(t, "unwanted")
		a := newAgenda()
		for _, d := range dues {
			a.add(&job{Row: Row{Due: d}})
		}
		a.remove(func(j *job) bool { return j.Due == unwanted })
		var got []int64
		for at, some := a.first(); some; at, some = a.first() {
			for _, j := range a.pop() {
				require.Equal(t, at, j.Due)
				got = append(got, j.Due)
			}
		}
		want := slices.DeleteFunc(slices.Clone(dues), func(d int64) bool { return d == unwanted })
		slices.Sort(want)
		require.Equal(t, want, append([]int64{}, got...))
	})
}
