package storetest

import (
	"github.com/stretchr/testify/require"
)

func start() []behaviour {
	return []behaviour{
		{"the mark is the database's clock, on that row alone", startMark},
		{"a row that is no longer the claim's gets no mark", startFenced},
		{"repeated after a cut reply it still is the claim's row", startCut},
		{"a deadlock is tried again", startDeadlock},
	}
}

func startMark(w *world) {
	held := w.running(alice, 2)
	before := w.millis()
	ok, err := w.Store.MarkStarted(w.ctx, alice, held[0])
	require.NoError(w, err)
	require.True(w, ok)
	require.GreaterOrEqual(w, w.row(held[0].ID).Start, before)
	require.LessOrEqual(w, w.row(held[0].ID).Start, w.millis())
	require.Zero(w, w.row(held[1].ID).Start)
}

func startFenced(w *world) {
	for _, f := range fences() {
		held := w.running(alice, 1)
		f.lose(w, held[0])
		before := w.table()
		ok, err := w.Store.MarkStarted(w.ctx, alice, held[0])
		require.NoError(w, err)
		require.False(w, ok, f.name)
		require.Equal(w, before, w.table(), f.name)
		w.exec("DELETE FROM delay_queue_log")
	}
}

func startCut(w *world) {
	held := w.running(alice, 1)
	w.Faults.CutReply(marking, 1)
	_, err := w.Store.MarkStarted(w.ctx, alice, held[0])
	require.Error(w, err)
	ok, err := w.Store.MarkStarted(w.ctx, alice, held[0])
	require.NoError(w, err)
	require.True(w, ok)
}

func startDeadlock(w *world) {
	held := w.running(alice, 1)
	w.Faults.Deadlock(marking, 1)
	ok, err := w.Store.MarkStarted(w.ctx, alice, held[0])
	require.NoError(w, err)
	require.True(w, ok)
	require.NotZero(w, w.row(held[0].ID).Start)
}
