package kafka

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/IBM/sarama"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func numbered(from, n int) []*sarama.ConsumerMessage {
	list := make([]*sarama.ConsumerMessage, n)
	for i := range list {
		list[i] = &sarama.ConsumerMessage{Topic: "orders", Partition: 3, Offset: int64(from + i), Value: make([]byte, 100)}
	}
	return list
}

func newTestLane(window int, mark func(int64)) *lane {
	nothing := func() {}
	return &lane{topic: "orders", partition: 3, window: window, queue: newQueue(megabyte, nothing, nothing),
		mark: mark, commit: func() {}, taken: make(chan struct{}), room: make(chan struct{}, 1)}
}

func TestWindowCountsFromWhatIsCommitted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var marks []int64
		asked := 0
		l := newTestLane(8, func(next int64) { marks = append(marks, next) })
		l.commit = func() { asked++ }
		l.queue.put(numbered(0, 20))
		given, err := l.Fetch(t.Context(), 100)
		require.NoError(t, err)
		require.Len(t, given, 8)

		more := make(chan []*core.Task, 1)
		go func() {
			ts, err := l.Fetch(t.Context(), 100)
			require.NoError(t, err)
			more <- ts
		}()
		l.Done(given[1:4])
		require.Empty(t, marks, "the first is not done")
		l.Done(given[:1])
		require.Equal(t, []int64{4}, marks, "one mark for a slice")
		require.Equal(t, 1, asked, "half of the window is done")
		l.committed(0)
		synctest.Wait()
		require.Empty(t, more, "nothing is committed: all of it would come again")
		l.committed(3)
		ts := <-more
		require.Len(t, ts, 3)
		require.EqualValues(t, 8, ts[0].Offset)
		l.Done(given[4:5])
		require.Equal(t, []int64{4, 5}, marks)
		next, ok := l.uncommitted()
		require.True(t, ok)
		require.EqualValues(t, 5, next)
		l.committed(9) // further than we are: then others have the partition
		_, ok = l.uncommitted()
		require.False(t, ok)
		require.Equal(t, 6, l.tracker.size, "what is not done stays")
	})
}

func TestFetchEndsWithItsContextAndWithItsLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newTestLane(5, nil)
		ctx, cancel := context.WithCancel(t.Context())
		result := make(chan error, 1)
		fetch := func(ctx context.Context) {
			go func() {
				_, err := l.Fetch(ctx, 1)
				result <- err
			}()
			synctest.Wait()
		}
		fetch(ctx)
		cancel()
		require.ErrorIs(t, <-result, context.Canceled)
		l.queue.put(numbered(0, 1))
		_, err := l.Fetch(ctx, 1)
		require.ErrorIs(t, err, context.Canceled)
		ts, err := l.Fetch(t.Context(), 1)
		require.NoError(t, err, "the ended context had taken nothing")
		require.EqualValues(t, 0, ts[0].Offset)

		fetch(t.Context())
		l.end()
		require.ErrorIs(t, <-result, errTaken)
		require.Equal(t, "orders/3", l.Name())
	})
}

func TestLaneIsIdleOnlyWithNothingToDo(t *testing.T) {
	l := newTestLane(5, func(int64) {})
	l.touch()
	_, idle := l.idle()
	require.True(t, idle)
	l.queue.put(numbered(0, 1))
	_, idle = l.idle()
	require.False(t, idle, "a message waits")
	ts, err := l.Fetch(t.Context(), 1)
	require.NoError(t, err)
	_, idle = l.idle()
	require.False(t, idle, "it is worked on")
	l.Done(ts)
	since, idle := l.idle()
	require.True(t, idle)
	require.WithinDuration(t, time.Now(), since, time.Minute)
}

func TestQueuePausesAboveItsMarkAndResumesBelowHalf(t *testing.T) {
	paused, changes := false, 0
	q := newQueue(10*(100+overhead), func() { paused = true; changes++ }, func() { paused = false; changes++ })
	q.put(numbered(0, 10))
	require.False(t, paused)
	q.put(numbered(10, 1))
	require.True(t, paused)
	q.put(numbered(11, 9)) // what was under way
	require.Len(t, q.take(15), 15)
	require.True(t, paused, "5 of 10 are left")
	taken := q.take(1)
	require.False(t, paused, "below half")
	require.EqualValues(t, 15, taken[0].Offset)
	require.Len(t, q.take(100), 4)
	require.Empty(t, q.take(1))
	require.Equal(t, 2, changes)

	q.close()
	q.put(numbered(0, 50))
	require.Equal(t, 2, changes, "a lane that is gone pauses nobody")
}

func TestStallIsAnsweredOncePerEnd(t *testing.T) {
	known := &stalls{answered: map[int32]int64{}}
	positions := map[int32]Position{
		0: {End: 10, Committed: 10},
		1: {End: 10, Committed: 9},
		2: {End: 10, Committed: -1},
		3: {End: 10, Committed: 3},
	}
	idle := []int32{0, 1, 2}
	require.Empty(t, known.among(idle, positions, Oldest), "it may have come this moment")
	require.Equal(t, []int32{1, 2}, known.among(idle, positions, Oldest), "3 is busy, 0 has nothing to read")
	require.Empty(t, known.among(idle, positions, Oldest), "it brought nothing, and nothing is new")
	positions[1] = Position{End: 12, Committed: 11}
	require.Empty(t, known.among(idle, positions, Oldest), "another one waits now")
	require.Equal(t, []int32{1}, known.among(idle, positions, Oldest))

	newest := &stalls{answered: map[int32]int64{}}
	require.Empty(t, newest.among([]int32{2}, positions, Newest))
	require.Empty(t, newest.among([]int32{2}, positions, Newest))
}
