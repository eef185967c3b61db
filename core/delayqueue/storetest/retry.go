package storetest

import (
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func retry() []behaviour {
	return []behaviour{
		{"a retried job is as if it had just been pushed", retryForgets},
		{"done, waiting and running jobs are not retried", retryRefuses},
		{"a job whose key another one has is not retried", retryKeyTaken},
		{"a job whose key is not freed yet, although its time is over, is retried", retryKeyOver},
		{"a job whose key is taken in the last moment keeps what it left behind", retryKeyTakenMeanwhile},
		{"a retry that fails leaves all as it was", retryUndone},
		{"a job that somebody else retries meanwhile keeps what it has done since", retryRaced},
		{"the victim of a deadlock is retried", retryDeadlock},
	}
}

func (w *world) retry(ids ...uint64) map[uint64]delayqueue.Answer {
	w.Helper()
	answers, err := w.Store.Retry(w.ctx, ids)
	require.NoError(w, err)
	return answers
}

func retryForgets(w *world) {
	id := w.due("k", 1)[0]
	w.set(id, "status = 4, attempts = 5, rescues = 2, deaths = 1, due_at = 9, owner = 'x', token = 8, start_time = 1, end_time = 2, late_ms = 3, result = 'why'")
	w.exec("INSERT INTO script_delay_result (job_id, result) VALUES (?, 'the whole why')", id)
	before := w.millis()
	require.Equal(w, delayqueue.Changed, w.retry(id)[id])
	r := w.row(id)
	require.GreaterOrEqual(w, r.Second*1000+r.Ms, before)
	r.Second, r.Ms = 0, 0
	require.Equal(w, record{ID: id, Kind: "k", Params: "p", Status: core.DelayWaiting}, r)
	require.Empty(w, w.whole(id))
	require.Len(w, w.claimBy(w.Peer, bob, "k"), 1)
}

func retryRefuses(w *world) {
	waiting, done := w.due("other", 1)[0], w.due("other", 1)[0]
	w.set(done, "status = 3")
	held := w.running(alice, 1)
	require.Equal(w, map[uint64]delayqueue.Answer{
		waiting: delayqueue.Unfinished, done: delayqueue.Ended, held[0].ID: delayqueue.Unfinished,
	}, w.retry(waiting, done, held[0].ID, 4711))
	require.Equal(w, core.DelayDone, w.row(done).Status)
}

func retryKeyTaken(w *world) {
	ids := w.due("k", 3)
	w.key(ids[0], "order 1", 0)
	w.cancel(ids[0])
	w.key(ids[1], "order 1", 0)
	w.set(ids[2], "status = 7")
	w.exec("INSERT INTO script_delay_result (job_id, result) VALUES (?, 'the whole why')", ids[0])
	require.Equal(w, map[uint64]delayqueue.Answer{ids[0]: delayqueue.KeyTaken, ids[2]: delayqueue.Changed}, w.retry(ids[0], ids[2]))
	require.Equal(w, core.DelayCancelled, w.row(ids[0]).Status)
	require.Equal(w, "the whole why", w.whole(ids[0]))
	w.cancel(ids[1])
	require.Equal(w, delayqueue.Changed, w.retry(ids[0])[ids[0]])
	require.Equal(w, ids[0], w.holder("order 1"))
}

// The time of a key can be over before a sweep comes by.
func retryKeyOver(w *world) {
	ids := w.due("k", 2)
	w.key(ids[0], "order 1", 0)
	w.cancel(ids[0])
	w.key(ids[1], "order 1", 60)
	w.cancel(ids[1])
	require.Equal(w, ids[1], w.holder("order 1"))
	require.Equal(w, delayqueue.KeyTaken, w.retry(ids[0])[ids[0]])
	w.set(ids[1], "end_time = end_time - 60000")
	require.Zero(w, w.holder("order 1"))
	require.Equal(w, delayqueue.Changed, w.retry(ids[0])[ids[0]])
	require.Equal(w, ids[0], w.holder("order 1"))
}

// left stores n jobs of the kind k that failed and left a whole result and a request.
func (w *world) left(n int) []uint64 {
	w.Helper()
	ids := w.due("k", n)
	for _, id := range ids {
		w.set(id, "status = 4, result = 'why'")
		w.exec("INSERT INTO script_delay_result (job_id, result) VALUES (?, 'the whole why')", id)
		w.exec("INSERT INTO script_delay_request (job_id, action) VALUES (?, ?)", id, delayqueue.ToCancel)
	}
	return ids
}

// unchanged holds where nothing has become of jobs from left.
func (w *world) unchanged(ids ...uint64) {
	w.Helper()
	for _, id := range ids {
		require.Equal(w, []any{core.DelayFailed, "why"}, []any{w.row(id).Status, w.row(id).Result})
		require.Equal(w, "the whole why", w.whole(id))
	}
	require.Len(w, w.requests(), len(ids))
}

// Another job takes the key after it was looked for, and found free.
func retryKeyTakenMeanwhile(w *world) {
	id := w.left(1)[0]
	w.set(id, "unique_key = 'order 1'")
	var other uint64
	w.Faults.After("SET unique_hash = NULL", 1, func() {
		ids, err := idsFrom(w.Peer.Push(w.ctx, []core.DelayQueuePushParams{keyed("order 1")}))
		require.NoError(w, err)
		other = ids[0]
	})
	require.Equal(w, map[uint64]delayqueue.Answer{id: delayqueue.KeyTaken}, w.retry(id))
	require.Equal(w, other, w.holder("order 1"))
	w.unchanged(id)
}

func retryUndone(w *world) {
	ids := w.left(2)
	for _, refused := range []string{"SET status = 1", "DELETE FROM script_delay_result", "DELETE FROM script_delay_request"} {
		w.Faults.Refuse(refused, 1, errStaged)
		_, err := w.Store.Retry(w.ctx, ids)
		require.ErrorIs(w, err, errStaged)
		w.unchanged(ids...)
	}
	require.Equal(w, map[uint64]delayqueue.Answer{ids[0]: delayqueue.Changed, ids[1]: delayqueue.Changed}, w.retry(ids...))
}

// Once two jobs were looked at, somebody else retries one of them, and it is run and done.
func retryRaced(w *world) {
	ids := w.left(2)
	w.Faults.Before("BEGIN", 1, func() {
		_, err := w.Peer.Retry(w.ctx, ids[:1])
		require.NoError(w, err)
		w.set(ids[0], "status = 3")
		w.exec("INSERT INTO script_delay_result (job_id, result) VALUES (?, 'all of it')", ids[0])
	})
	require.Equal(w, map[uint64]delayqueue.Answer{ids[0]: delayqueue.Ended, ids[1]: delayqueue.Changed}, w.retry(ids...))
	require.Equal(w, core.DelayDone, w.row(ids[0]).Status)
	require.Equal(w, "all of it", w.whole(ids[0]))
	require.Equal(w, core.DelayWaiting, w.row(ids[1]).Status)
	require.Empty(w, w.whole(ids[1]))
	require.Empty(w, w.requests())
}

func retryDeadlock(w *world) {
	ids := w.left(2)
	w.Faults.Deadlock("SET status = 1", 1)
	require.Equal(w, map[uint64]delayqueue.Answer{ids[0]: delayqueue.Changed, ids[1]: delayqueue.Changed}, w.retry(ids...))
	require.Empty(w, w.whole(ids[0]))
	require.Empty(w, w.requests())
}
