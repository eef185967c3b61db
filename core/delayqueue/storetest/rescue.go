package storetest

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func rescue() []behaviour {
	return []behaviour{
		{"rows of dead and of unknown daemons are freed, no others", rescueDead},
		{"a row without a start mark is no death", rescueUnstarted},
		{"a row with a start mark counts a death and an attempt", rescueStarted},
		{"the mark of one daemon is not the next one's", rescueForgetsMark},
		{"a row that ran in three deaths is set aside, its neighbours are not", rescuePoison},
		{"a row that ran in earlier deaths and not in this one is not set aside", rescueOldDeaths},
		{"what the first due time was is kept", rescueKeepsDue},
		{"the limit is kept, over several daemons", rescueLimit},
		{"the count of rescues does not overflow", rescueCount},
	}
}

func rescueDead(w *world) {
	w.daemon(alice)
	w.daemon(bob)
	living, dead, unknown := w.running(alice, 2), w.running(bob, 3), w.running("nobody", 1)
	ownerless := w.insert("k", -9)
	w.set(ownerless, "status = ?", core.DelayRunning)
	done := w.running(bob, 1)
	w.set(done[0].ID, "status = ?", core.DelayDone)
	w.kill(bob)

	r, err := w.Store.Rescue(w.ctx, 3, 100)
	require.NoError(w, err)
	require.Equal(w, delayqueue.Rescued{Waiting: len(dead) + len(unknown)}, r)
	for _, h := range append(dead, unknown...) {
		r := w.row(h.ID)
		require.Equal(w, []any{core.DelayWaiting, "", 1}, []any{r.Status, r.Owner, r.Rescues})
	}
	for _, h := range living {
		r := w.row(h.ID)
		require.Equal(w, []any{core.DelayRunning, alice, h.Token, 0}, []any{r.Status, r.Owner, r.Token, r.Rescues})
	}
	require.Equal(w, core.DelayRunning, w.row(ownerless).Status)
	require.Equal(w, core.DelayDone, w.row(done[0].ID).Status)
	require.Len(w, w.claimBy(w.Store, alice, "k"), len(dead)+len(unknown), "they are free at once")
}

func rescueUnstarted(w *world) {
	held := w.running(bob, 1)
	w.rescueOne()
	r := w.row(held[0].ID)
	require.Equal(w, []int{1, 0, 0}, []int{r.Rescues, r.Deaths, r.Attempts})
}

func rescueStarted(w *world) {
	held := w.started(bob, 1)
	w.rescueOne()
	r := w.row(held[0].ID)
	require.Equal(w, []int{1, 1, 1}, []int{r.Rescues, r.Deaths, r.Attempts})
	require.Equal(w, []any{core.DelayWaiting, int64(0)}, []any{r.Status, r.Start})
}

// rescueOne requires Store to free one row.
func (w *world) rescueOne() {
	w.Helper()
	r, err := w.Store.Rescue(w.ctx, 3, 100)
	require.NoError(w, err)
	require.Equal(w, delayqueue.Rescued{Waiting: 1}, r)
}

func rescueForgetsMark(w *world) {
	held := w.started(bob, 1)
	w.rescueOne()
	rows, _, err := w.Store.Claim(w.ctx, newClaim("carol"), "k", 0, 10)
	require.NoError(w, err)
	require.Equal(w, []int{1, 1}, []int{rows[0].Rescues, rows[0].Attempts})
	w.rescueOne()
	r := w.row(held[0].ID)
	require.Equal(w, []int{2, 1, 1}, []int{r.Rescues, r.Deaths, r.Attempts}, "carol had not started it")
}

func rescuePoison(w *world) {
	const poison = 3
	ids := w.due("k", 5)
	for death := 1; death <= poison; death++ {
		owner := fmt.Sprint("daemon", death)
		held := w.claimBy(w.Store, owner, "k")
		require.Len(w, held, 5)
		ok, err := w.Store.MarkStarted(w.ctx, owner, delayqueue.Held{ID: ids[2], Token: held[0].Token})
		require.NoError(w, err)
		require.True(w, ok)
		before := w.millis()
		r, err := w.Store.Rescue(w.ctx, poison, 100)
		require.NoError(w, err)
		if death < poison {
			require.Equal(w, delayqueue.Rescued{Waiting: 5}, r)
			continue
		}
		require.Equal(w, delayqueue.Rescued{Waiting: 4, Quarantined: 1}, r)
		row := w.row(ids[2])
		require.Equal(w, []any{core.DelayFailed, poison, poison}, []any{row.Status, row.Deaths, row.Attempts})
		require.Contains(w, row.Result, "3 times")
		require.GreaterOrEqual(w, row.End, before)
	}
	for _, id := range []uint64{ids[0], ids[1], ids[3], ids[4]} {
		r := w.row(id)
		require.Equal(w, []any{core.DelayWaiting, poison, 0, 0}, []any{r.Status, r.Rescues, r.Deaths, r.Attempts})
	}
	require.Zero(w, w.rescuePeer())
}

func rescueOldDeaths(w *world) {
	held := w.running(bob, 1)
	w.set(held[0].ID, "deaths = 5")
	w.rescueOne()
	r := w.row(held[0].ID)
	require.Equal(w, []any{core.DelayWaiting, 5, 0}, []any{r.Status, r.Deaths, r.Attempts})
}

func rescueKeepsDue(w *world) {
	held := w.running(bob, 1)
	w.set(held[0].ID, "exec_time = 100, exec_ms = 7, due_at = 55")
	w.rescueOne()
	r := w.row(held[0].ID)
	require.Equal(w, []int64{100, 7, 55}, []int64{r.Second, r.Ms, r.DueAt})
}

func rescueLimit(w *world) {
	w.running("one", 4)
	w.running("two", 4)
	w.running("three", 2)
	for _, want := range []int{3, 3, 3, 1, 0} {
		r, err := w.Store.Rescue(w.ctx, 3, 3)
		require.NoError(w, err)
		require.Equal(w, delayqueue.Rescued{Waiting: want}, r)
	}
}

func rescueCount(w *world) {
	held := w.running(bob, 1)
	w.set(held[0].ID, "rescues = 255")
	w.rescueOne()
	require.Equal(w, 255, w.row(held[0].ID).Rescues)
}
