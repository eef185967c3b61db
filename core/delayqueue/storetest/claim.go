package storetest

import (
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func claim() []behaviour {
	return []behaviour{
		{"a claimed row carries owner and token, and nothing else changes", claimMarks},
		{"what falls due first is taken first, up to the limit", claimOrder},
		{"one kind is taken, within the look-ahead", claimKind},
		{"only waiting rows are taken", claimWaiting},
		{"the first due time is kept beside the attempt's own", claimFirstDue},
		{"a limit beyond what one statement takes is cut, and there is more", claimManyMore},
		{"a claim is read by its token alone", claimedByToken},
	}
}

func claimMarks(w *world) {
	id := w.insert("k", -3)
	w.set(id, "attempts = 2, max_attempts = 9, rescues = 1, deaths = 1, exec_ms = 250, start_time = 5, end_time = 6")
	before := w.row(id)
	c := newClaim(alice)
	rows, more, err := w.Store.Claim(w.ctx, c, "k", 0, 10)
	require.NoError(w, err)
	require.False(w, more)
	due := before.Second*1000 + 250
	require.Equal(w, []delayqueue.Row{{ID: id, Token: c.Token, ExecCmd: "k", Params: "p", Due: due, FirstDue: due,
		Attempts: 2, MaxAttempts: 9, Rescues: 1}}, rows)
	want := before
	want.Status, want.Owner, want.Token = core.DelayRunning, alice, c.Token
	want.Start = 0 // it says whether this claim's handler was started
	require.Equal(w, want, w.row(id))

	rows, more, err = w.Peer.Claim(w.ctx, newClaim(bob), "k", 0, 10)
	require.NoError(w, err)
	require.False(w, more)
	require.Empty(w, rows)
}

func claimOrder(w *world) {
	now := w.seconds()
	var ids []uint64 // the youngest is due first
	for i := range int64(10) {
		id := w.insert("k", 0)
		w.set(id, "exec_time = ?, exec_ms = ?", now-10-i/2, 900-i%2*500)
		ids = append(ids, id)
	}
	slices.Reverse(ids)
	for _, step := range []struct {
		limit int
		want  []uint64
		more  bool
	}{{4, ids[:4], true}, {3, ids[4:7], true}, {4, ids[7:], false}, {4, nil, false}} {
		rows, more, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, step.limit)
		require.NoError(w, err)
		require.Equal(w, step.more, more)
		require.ElementsMatch(w, step.want, idsOf(rows))
	}
}

func claimKind(w *world) {
	overdue, soon := w.insert("k", -100), w.insert("k", 40)
	later, other := w.insert("k", 4000), w.insert("other", -100)
	rows, _, err := w.Store.Claim(w.ctx, newClaim(alice), "k", time.Minute, 10)
	require.NoError(w, err)
	require.ElementsMatch(w, []uint64{overdue, soon}, idsOf(rows))
	for _, id := range []uint64{later, other} {
		require.Equal(w, core.DelayWaiting, w.row(id).Status)
	}
}

func claimWaiting(w *world) {
	for status := core.DelayRunning; status <= core.DelaySkipped; status++ {
		w.set(w.insert("k", -100), "status = ?", status)
	}
	before := w.table()
	rows, more, err := w.Store.Claim(w.ctx, newClaim(alice), "k", time.Minute, 10)
	require.NoError(w, err)
	require.False(w, more)
	require.Empty(w, rows)
	require.Equal(w, before, w.table())
}

func claimFirstDue(w *world) {
	id := w.insert("k", -3)
	w.set(id, "due_at = 1700000000123")
	rows, _, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, 10)
	require.NoError(w, err)
	require.Len(w, rows, 1)
	require.Equal(w, int64(1700000000123), rows[0].FirstDue)
	require.Equal(w, w.row(id).Second*1000, rows[0].Due)
}

func claimManyMore(w *world) {
	w.due("k", 1100)
	rows, more, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, 5000)
	require.NoError(w, err)
	require.True(w, more)
	next, more, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, 5000)
	require.NoError(w, err)
	require.False(w, more)
	require.Equal(w, 1100, len(rows)+len(next))
}

func claimedByToken(w *world) {
	w.running(alice, 2)
	w.running(bob, 2)
	w.due("k", 3)
	c := newClaim(alice)
	rows, _, err := w.Store.Claim(w.ctx, c, "k", 0, 10)
	require.NoError(w, err)
	require.Len(w, rows, 3)
	again, err := w.Store.Claimed(w.ctx, c)
	require.NoError(w, err)
	require.ElementsMatch(w, rows, again)
	for _, foreign := range []delayqueue.Claim{newClaim(alice), {Owner: bob, Token: c.Token}} {
		none, err := w.Store.Claimed(w.ctx, foreign)
		require.NoError(w, err)
		require.Empty(w, none)
	}
}
