package storetest

import (
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func release() []behaviour {
	return []behaviour{
		{"a released row is as if it had not been claimed, and free at once", releaseFrees},
		{"a row of the same claim between them is kept", releaseAround},
		{"more rows, and of more claims, than one statement takes", releaseMany},
		{"the rows of others are left alone", releaseOwnOnly},
		{"repeated after a cut reply it takes nothing from the next claim", releaseCut},
		{"a deadlock is tried again", releaseDeadlock},
		{"nothing to release is no error", releaseNothing},
	}
}

// release gives back rows, and returns how many.
func (w *world) release(store delayqueue.Store, owner string, rows []delayqueue.Held) int {
	w.Helper()
	n, err := store.Release(w.ctx, owner, rows)
	require.NoError(w, err)
	return n
}

func releaseFrees(w *world) {
	held := w.started(alice, 1)
	w.set(held[0].ID, "attempts = 2, due_at = 77, exec_ms = 5")
	before := w.row(held[0].ID)
	require.Equal(w, 1, w.release(w.Store, alice, held))
	r := w.row(held[0].ID)
	require.Equal(w, []any{core.DelayWaiting, "", int64(0)}, []any{r.Status, r.Owner, r.Start})
	require.Equal(w, []any{2, 0, 0, int64(77), before.Second, before.Ms}, []any{r.Attempts, r.Rescues, r.Deaths, r.DueAt, r.Second, r.Ms})
	require.Len(w, w.claimBy(w.Peer, bob, "k"), 1)
}

func releaseAround(w *world) {
	held := w.running(alice, 3)
	before := w.row(held[1].ID)
	w.release(w.Store, alice, []delayqueue.Held{held[0], held[2]})
	require.Equal(w, before, w.row(held[1].ID))
}

func releaseMany(w *world) {
	var held []delayqueue.Held
	for _, n := range []int{1, 620, 500} {
		held = append(w.running(alice, n), held...)
	}
	require.Equal(w, 1121, w.release(w.Store, alice, held))
	for _, r := range w.table() {
		require.Equal(w, []any{core.DelayWaiting, ""}, []any{r.Status, r.Owner})
	}
}

func releaseOwnOnly(w *world) {
	mine, theirs, old := w.running(alice, 2), w.running(bob, 1), w.running(alice, 1)
	reclaimed := w.running(alice, 1)
	w.set(reclaimed[0].ID, "token = token + 1")
	w.set(old[0].ID, "status = ?", core.DelayDone)
	var before []record
	for _, h := range []delayqueue.Held{theirs[0], old[0], reclaimed[0]} {
		before = append(before, w.row(h.ID))
	}
	n := w.release(w.Store, alice, []delayqueue.Held{reclaimed[0], mine[1], old[0], theirs[0], mine[0]})
	require.Equal(w, len(mine), n)
	for _, want := range before {
		require.Equal(w, want, w.row(want.ID))
	}
	for _, h := range mine {
		require.Equal(w, core.DelayWaiting, w.row(h.ID).Status)
	}
}

func releaseCut(w *world) {
	held := w.running(alice, 2)
	w.Faults.CutReply(releasing, 1)
	_, err := w.Store.Release(w.ctx, alice, held)
	require.Error(w, err)
	require.Len(w, w.claimBy(w.Peer, alice, "k"), 2)
	before := w.table()
	require.Zero(w, w.release(w.Store, alice, held))
	require.Equal(w, before, w.table())
}

func releaseDeadlock(w *world) {
	held := w.running(alice, 2)
	w.Faults.Deadlock(releasing, 1)
	require.Equal(w, 2, w.release(w.Store, alice, held))
	require.Len(w, w.claimBy(w.Peer, bob, "k"), 2)
}

func releaseNothing(w *world) {
	require.Zero(w, w.release(w.Store, alice, nil))
}
