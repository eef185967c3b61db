package storetest

import (
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func request() []behaviour {
	return []behaviour{
		{"a claimed job is cancelled under its claim", grantCancel},
		{"a job is cancelled without a reason", grantWithoutReason},
		{"a claimed job is moved under its claim", grantMove},
		{"what another claim has is left alone", grantFenced},
		{"a job that ended meanwhile stays as it is", grantEnded},
		{"the newest request counts, and an older one's removal leaves it", newestCounts},
		{"requests come in pages, with jobs that are gone", requestPages},
		{"a rescued job is still asked for", requestRescued},
	}
}

// asked lets alice run a job that somebody wants cancelled.
func (w *world) asked() (delayqueue.Held, delayqueue.Request) {
	w.Helper()
	held := w.running(alice, 1)[0]
	w.cancel(held.ID)
	requests := w.requests()
	require.Len(w, requests, 1)
	require.Equal(w, held, requests[0].Held)
	return held, requests[0]
}

func (w *world) grant(r delayqueue.Request) bool {
	w.Helper()
	granted, err := w.Store.Grant(w.ctx, r)
	require.NoError(w, err)
	return granted
}

func grantCancel(w *world) {
	held, r := w.asked()
	require.True(w, w.grant(r))
	row := w.row(held.ID)
	require.Equal(w, []any{core.DelayCancelled, "", uint64(0), 0}, []any{row.Status, row.Owner, row.Token, row.Attempts})
	require.Equal(w, "by a test", row.Result, "as if it had waited")
	require.Positive(w, row.End)
	require.NoError(w, w.Store.Forget(w.ctx, r))
	require.Empty(w, w.requests())
}

// A request of a program that is older than its reason.
func grantWithoutReason(w *world) {
	held := w.running(alice, 1)[0]
	w.exec("INSERT INTO script_delay_request (job_id, action, due, created_at) VALUES (?, ?, 0, 1)", held.ID, delayqueue.ToCancel)
	require.True(w, w.grant(w.requests()[0]))
	row := w.row(held.ID)
	require.Equal(w, []any{core.DelayCancelled, "cancelled"}, []any{row.Status, row.Result})
}

func grantMove(w *world) {
	held := w.running(alice, 1)[0]
	due := (w.seconds() + 50) * 1000
	answers, err := w.Store.Move(w.ctx, []uint64{held.ID}, due)
	require.NoError(w, err)
	require.Equal(w, delayqueue.Requested, answers[held.ID])
	require.True(w, w.grant(w.requests()[0]))
	row := w.row(held.ID)
	require.Equal(w, []any{core.DelayWaiting, "", due / 1000, 0}, []any{row.Status, row.Owner, row.Second, row.Rescues})
}

func grantFenced(w *world) {
	held, r := w.asked()
	w.set(held.ID, "token = token + 1")
	require.False(w, w.grant(r))
	require.Equal(w, core.DelayRunning, w.row(held.ID).Status)
}

func grantEnded(w *world) {
	held, r := w.asked()
	w.set(held.ID, "status = 3")
	require.False(w, w.grant(r))
	r = w.requests()[0]
	require.Equal(w, core.DelayDone, r.Status)
	require.False(w, w.grant(r))
	require.Equal(w, core.DelayDone, w.row(held.ID).Status)
}

func newestCounts(w *world) {
	held, first := w.asked()
	due := (w.seconds() + 50) * 1000
	_, err := w.Store.Move(w.ctx, []uint64{held.ID}, due)
	require.NoError(w, err)
	require.NoError(w, w.Store.Forget(w.ctx, first))
	requests := w.requests()
	require.Len(w, requests, 1)
	require.Equal(w, []any{delayqueue.ToMove, due}, []any{requests[0].Action, requests[0].Due})
}

func requestPages(w *world) {
	held := w.running(alice, 3)
	w.cancel(held[0].ID, held[1].ID, held[2].ID)
	w.exec("DELETE FROM delay_queue_log WHERE id = ?", held[1].ID)
	first, err := w.Store.Requests(w.ctx, 0, 2)
	require.NoError(w, err)
	require.Len(w, first, 2)
	require.Zero(w, first[1].Status)
	second, err := w.Store.Requests(w.ctx, first[1].ID, 2)
	require.NoError(w, err)
	require.Len(w, second, 1)
	require.Equal(w, held[2].ID, second[0].ID)
}

func requestRescued(w *world) {
	held, _ := w.asked()
	w.rescuePeer() // alice is no living daemon
	r := w.requests()[0]
	require.Equal(w, []any{core.DelayWaiting, ""}, []any{r.Status, r.Owner})
	require.True(w, w.grant(r))
	require.Equal(w, core.DelayCancelled, w.row(held.ID).Status)
}
