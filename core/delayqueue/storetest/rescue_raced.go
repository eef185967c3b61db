package storetest

import (
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func rescueRaced() []behaviour {
	return []behaviour{
		{"two rescuers at once free each row once", rescuersAtOnce},
		{"a row that its daemon finishes between the look and the rescue is finished", finishedMeanwhile},
		{"a row that another rescuer freed and a daemon claimed in between is that daemon's", rescuedMeanwhile},
		{"a row that is started between the look and the rescue counts as started", startedMeanwhile},
		{"repeated after a cut reply nothing is counted twice", rescueCut},
		{"a deadlock in the middle repeats all of it", rescueDeadlock},
		{"a cut in the middle leaves the rows to the next look", rescueCutInTheMiddle},
	}
}

func rescuersAtOnce(w *world) {
	const jobs = 300
	w.running("one", jobs/2)
	w.started("two", jobs/2)
	var wg sync.WaitGroup
	sums := make([]delayqueue.Rescued, 2)
	for i, s := range []delayqueue.Store{w.Store, w.Peer} {
		wg.Go(func() {
			for range 4 * jobs / 50 {
				r, err := s.Rescue(w.ctx, 3, 50)
				assert.NoError(w, err)
				sums[i].Waiting += r.Waiting
				sums[i].Quarantined += r.Quarantined
			}
		})
	}
	wg.Wait()
	require.Equal(w, jobs, sums[0].Waiting+sums[1].Waiting)
	require.Zero(w, sums[0].Quarantined+sums[1].Quarantined)
	for i, r := range w.table() {
		deaths := 0
		if i >= jobs/2 {
			deaths = 1
		}
		require.Equal(w, []any{core.DelayWaiting, 1, deaths, deaths}, []any{r.Status, r.Rescues, r.Deaths, r.Attempts})
	}
}

// rescueAfter lets f happen when Store has looked, and returns what it then frees.
func (w *world) rescueAfter(f func()) delayqueue.Rescued {
	w.Helper()
	w.Faults.Before(setAside, 1, f)
	r, err := w.Store.Rescue(w.ctx, 3, 100)
	require.NoError(w, err)
	return r
}

func finishedMeanwhile(w *world) {
	held := w.started(bob, 1)
	o := ended(held[0], core.DelayDone, "just in time")
	require.Zero(w, w.rescueAfter(func() {
		lost, err := w.Peer.Finish(w.ctx, bob, []delayqueue.Outcome{o})
		require.NoError(w, err)
		require.Empty(w, lost)
	}))
	w.recorded(o, w.row(o.ID))
}

func rescuedMeanwhile(w *world) {
	held := w.running(bob, 1)
	require.Zero(w, w.rescueAfter(func() {
		w.rescuePeer()
		require.Len(w, w.claimBy(w.Peer, alice, "k"), 1)
	}))
	r := w.row(held[0].ID)
	require.Equal(w, []any{core.DelayRunning, alice, 1}, []any{r.Status, r.Owner, r.Rescues})
}

func startedMeanwhile(w *world) {
	held := w.running(bob, 1)
	w.set(held[0].ID, "deaths = 2")
	require.Equal(w, delayqueue.Rescued{Quarantined: 1}, w.rescueAfter(func() {
		ok, err := w.Peer.MarkStarted(w.ctx, bob, held[0])
		require.NoError(w, err)
		require.True(w, ok)
	}))
	require.Equal(w, core.DelayFailed, w.row(held[0].ID).Status)
}

func rescueCut(w *world) {
	held := w.started(bob, 1)
	w.Faults.CutReply(rescuing, 1)
	_, err := w.Store.Rescue(w.ctx, 3, 100)
	require.Error(w, err)
	r, err := w.Store.Rescue(w.ctx, 3, 100)
	require.NoError(w, err)
	require.Zero(w, r)
	row := w.row(held[0].ID)
	require.Equal(w, []any{core.DelayWaiting, 1, 1, 1}, []any{row.Status, row.Rescues, row.Deaths, row.Attempts})
}

// twoDead leaves a row that has run in two deaths before and one that has in none.
func (w *world) twoDead() (poisoned, other uint64) {
	w.Helper()
	held := w.started(bob, 2)
	w.set(held[0].ID, "deaths = 2")
	return held[0].ID, held[1].ID
}

func rescueDeadlock(w *world) {
	poisoned, other := w.twoDead()
	w.Faults.Deadlock(rescuing, 1) // when the first statement has set a row aside
	r, err := w.Store.Rescue(w.ctx, 3, 100)
	require.NoError(w, err)
	require.Equal(w, delayqueue.Rescued{Waiting: 1, Quarantined: 1}, r)
	require.Equal(w, []any{core.DelayFailed, 3}, []any{w.row(poisoned).Status, w.row(poisoned).Deaths})
	require.Equal(w, []any{core.DelayWaiting, 1}, []any{w.row(other).Status, w.row(other).Rescues})
}

func rescueCutInTheMiddle(w *world) {
	poisoned, other := w.twoDead()
	w.Faults.CutReply(setAside, 1)
	_, err := w.Store.Rescue(w.ctx, 3, 100)
	require.Error(w, err)
	require.Equal(w, core.DelayFailed, w.row(poisoned).Status)
	require.Equal(w, core.DelayRunning, w.row(other).Status)
	r, err := w.Store.Rescue(w.ctx, 3, 100)
	require.NoError(w, err)
	require.Equal(w, delayqueue.Rescued{Waiting: 1}, r)
	require.Equal(w, core.DelayWaiting, w.row(other).Status)
}
