package delayqueue

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestCompleterTakesWhatOneStatementHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &completer{wake: make(chan struct{}, 1)}
		var want []*job
		for range rapid.IntRange(0, 3*RowsPerGroup).Draw(t, "outcomes") {
			owner := rapid.SampledFrom([]string{"a", "a", "a", "a", "a", "b"}).Draw(t, "owner")
			j := jobOf(owner, rapid.Uint64Range(1, 2000).Draw(t, "id"))
			want = append(want, j)
			c.add(j, Outcome{Held: j.held()})
		}
		var got []*job
		for group := c.take(); len(group) > 0; group = c.take() {
			require.LessOrEqual(t, len(group), RowsPerGroup)
			ids := map[uint64]bool{}
			for _, f := range group {
				require.Equal(t, group[0].job.gen.owner, f.job.gen.owner)
				require.False(t, ids[f.job.ID], "a statement names each row once")
				ids[f.job.ID] = true
				require.Equal(t, f.job.held(), f.outcome.Held)
				got = append(got, f.job)
			}
		}
		require.Equal(t, want, got, "everything, in its order")
	})
}

// The first part of a group is written and its room filled again, while the rest of the
// group is still being written.
func TestRoomOfAWrittenPartHoldsNothingOfTheRest(t *testing.T) {
	c := &completer{wake: make(chan struct{}, 1), most: 2}
	put := func(ids ...uint64) {
		for _, id := range ids {
			c.add(jobOf("alice", id), Outcome{})
		}
	}
	ids := func(group []finished) (ids []uint64) {
		for _, f := range group {
			ids = append(ids, f.job.ID)
		}
		return ids
	}
	put(1, 2, 3)
	part := c.take()
	require.Equal(t, []uint64{1, 2}, ids(part))
	rest := c.take()
	c.reuse(part)
	put(4, 5, 6, 7)
	require.Equal(t, []uint64{3}, ids(rest))
	require.Equal(t, []uint64{4, 5}, ids(c.take()))
	require.Equal(t, []uint64{6, 7}, ids(c.take()))
	require.Empty(t, c.take())
}

// Many outcomes that are written alone must take no more room than they need.
func TestGroupsAreOfTheSizeThatTheyNeed(t *testing.T) {
	c := &completer{wake: make(chan struct{}, 1)}
	room := func() (all int) {
		for _, group := range c.pending {
			all += cap(group)
		}
		return all
	}
	for id := range uint64(1000) {
		c.put(finished{job: jobOf("me", id), slow: 1})
	}
	require.Equal(t, 1000, room(), "those that spoil have a group each")

	c.pending = nil
	for id := range uint64(RowsPerGroup + 1) {
		c.put(finished{job: jobOf("me", id)})
	}
	require.Len(t, c.pending, 2)
	require.Equal(t, RowsPerGroup, cap(c.pending[1]), "where one was filled, the next is made as large at once")
}
