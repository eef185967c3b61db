package storetest

import (
	"fmt"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

func unique() []behaviour {
	return []behaviour{
		{"a key that an unfinished job has is answered by its id, and nothing is stored", keyTaken},
		{"keys that differ in case, a space or the kind are different", keysDiffer},
		{"jobs with and without keys are answered in the order given", keysMixed},
		{"two jobs of one push with one key are one", keyTwice},
		{"the key is free when the job has come to an end, whatever the end", keyFreed},
		{"a retry, a release and a rescue keep the key", keyKept},
		{"a key with a time is taken that long after the end, and free then", keyForAWhile},
		{"keys whose time is over are freed in bounded steps, and no others", keysSwept},
		{"a key freed by hand is seen at once", keyByHand},
		{"a plain INSERT with the documented hash takes the key", keyByInsert},
		{"of pushes of the same keys at the same time all get the same ids", keysAtOnce},
		{"more keys than one statement takes", keysMany},
	}
}

// keyed is a waiting job of the kind k with a unique key.
func keyed(key string) core.DelayQueuePushParams {
	return core.DelayQueuePushParams{ExecCmd: "k", Params: "p", ExecTime: 1, UniqueKey: key}
}

func (w *world) pushed(jobs ...core.DelayQueuePushParams) []delayqueue.Receipt {
	w.Helper()
	receipts, err := w.Store.Push(w.ctx, jobs)
	require.NoError(w, err)
	require.Len(w, receipts, len(jobs))
	return receipts
}

// one pushes a job whose key must be free, and returns its id.
func (w *world) one(job core.DelayQueuePushParams) uint64 {
	w.Helper()
	r := w.pushed(job)[0]
	require.False(w, r.Existed)
	return r.ID
}

// taken requires the key to be another job's.
func (w *world) taken(job core.DelayQueuePushParams, id uint64) {
	w.Helper()
	require.Equal(w, []delayqueue.Receipt{{ID: id, Existed: true}}, w.pushed(job))
}

func keyTaken(w *world) {
	id := w.one(keyed("order 1"))
	for _, status := range []core.DelayStatus{core.DelayWaiting, core.DelayRunning, core.DelayHeld} {
		w.set(id, "status = ?", status)
		w.taken(keyed("order 1"), id)
	}
	require.Len(w, w.table(), 1)
}

func keysDiffer(w *world) {
	other := keyed("order 1")
	other.ExecCmd = "K"
	for _, job := range []core.DelayQueuePushParams{keyed("order 1"), keyed("Order 1"), keyed("order 1 "), keyed("órder 1"), other} {
		w.one(job)
	}
	require.Len(w, w.table(), 5)
}

func keysMixed(w *world) {
	first := w.one(keyed("b"))
	plain := core.DelayQueuePushParams{Name: "plain", ExecCmd: "k"}
	receipts := w.pushed(plain, keyed("c"), keyed("b"), plain, keyed("a"))
	rows := map[uint64]record{}
	for _, r := range w.table() {
		rows[r.ID] = r
	}
	require.Len(w, rows, 5)
	for i, r := range receipts {
		require.Equal(w, i == 2, r.Existed)
		name := ""
		if i == 0 || i == 3 {
			name = "plain"
		}
		require.Equal(w, name, rows[r.ID].Name)
		delete(rows, r.ID)
	}
	require.Equal(w, first, receipts[2].ID)
	require.Equal(w, []uint64{receipts[1].ID, receipts[4].ID}, []uint64{w.holder("c"), w.holder("a")})
	require.Empty(w, rows, "an id was answered twice")
}

func keyTwice(w *world) {
	receipts := w.pushed(keyed("x"), keyed("y"), keyed("x"))
	require.Equal(w, []bool{false, false, true}, []bool{receipts[0].Existed, receipts[1].Existed, receipts[2].Existed})
	require.Equal(w, receipts[0].ID, receipts[2].ID)
	require.Len(w, w.table(), 2)
}

// finishAs claims what is due for alice and records one outcome for all of it.
func (w *world) finishAs(status core.DelayStatus) {
	w.Helper()
	for _, h := range w.claimBy(w.Peer, alice, "k") {
		w.finished(ended(h, status, "as told"))
	}
}

func keyFreed(w *world) {
	id := w.one(keyed("order 1"))
	again := func() uint64 { // by another job than before
		w.Helper()
		require.Zero(w, w.holder("order 1"))
		next := w.one(keyed("order 1"))
		require.NotEqual(w, id, next)
		id = next
		return next
	}
	for _, status := range []core.DelayStatus{core.DelayDone, core.DelayFailed, core.DelaySkipped, core.DelayCancelled} {
		w.finishAs(status)
		again()
	}
	w.cancel(id)
	w.set(again(), "status = 2, owner = 'gone', start_time = 1, deaths = 2") // nobody by this name lives
	require.Equal(w, delayqueue.Rescued{Quarantined: 1}, w.rescuePeer())
	again()
	n, err := w.Store.FailUnknown(w.ctx, "k", "nobody knows it", 10)
	require.NoError(w, err)
	require.Equal(w, 1, n)
	again()
}

func keyKept(w *world) {
	id := w.one(keyed("order 1"))
	held := w.claimBy(w.Peer, alice, "k")
	w.finished(retried(held[0], 1000, 1000))
	w.taken(keyed("order 1"), id)
	held = w.claimBy(w.Peer, alice, "k")
	w.release(w.Store, alice, held)
	w.taken(keyed("order 1"), id)
	w.claimBy(w.Peer, "gone", "k")
	require.Equal(w, delayqueue.Rescued{Waiting: 1}, w.rescuePeer())
	w.taken(keyed("order 1"), id)
}

func keyForAWhile(w *world) {
	job := keyed("order 1")
	job.UniqueFor = 60
	id := w.one(job)
	w.finishAs(core.DelayDone)
	w.set(id, "end_time = ?", w.millis()-30_000)
	w.taken(keyed("order 1"), id)
	w.set(id, "end_time = ?", w.millis()-60_000)
	second := w.one(keyed("order 1"))
	require.NotEqual(w, id, second)
	require.Equal(w, second, w.holder("order 1"))
	require.Equal(w, core.DelayDone, w.row(id).Status)
}

func keysSwept(w *world) {
	const n = 25
	now := w.millis()
	want := 0
	for i := range n {
		job := keyed(fmt.Sprint(i))
		job.UniqueFor = 60
		id := w.one(job)
		switch i % 3 {
		case 0:
			w.set(id, "status = 4, end_time = ?", now-60_000)
			want++
		case 1:
			w.set(id, "status = 3, end_time = ?", now)
		}
	}
	var after []byte
	var freed, steps int
	for steps = 1; ; steps++ {
		next, some, err := w.Store.FreeKeys(w.ctx, after, 10)
		require.NoError(w, err)
		require.LessOrEqual(w, some, 10)
		freed += some
		if after = next; next == nil {
			break
		}
	}
	require.Equal(w, []int{want, 3}, []int{freed, steps})
	for i := range n {
		require.Equal(w, i%3 == 0, w.holder(fmt.Sprint(i)) == 0)
	}
}

func keyByHand(w *world) {
	id := w.one(keyed("order 1"))
	w.set(id, "status = 6")
	require.NotEqual(w, id, w.one(keyed("order 1")))
}

func keyByInsert(w *world) {
	unless := "ON DUPLICATE KEY UPDATE id = id"
	if w.DB.Dialect == sqldb.SQLite {
		unless = "ON CONFLICT (unique_hash) DO NOTHING"
	}
	plain := func() {
		w.exec("INSERT INTO delay_queue_log (exec_cmd, params, exec_time, unique_key, unique_hash) VALUES ('k', 'p', 1, 'order 42', ?) "+unless,
			delayqueue.UniqueHash("k", "order 42"))
	}
	plain()
	plain()
	require.Len(w, w.table(), 1)
	w.taken(keyed("order 42"), w.table()[0].ID)
	w.finishAs(core.DelayDone)
	plain()
	require.Len(w, w.table(), 2)
}

func keysAtOnce(w *world) {
	const pushers, size = 4, 30
	got := make([][]delayqueue.Receipt, pushers)
	var wg sync.WaitGroup
	for p := range pushers {
		wg.Go(func() {
			jobs := make([]core.DelayQueuePushParams, size)
			for i := range jobs { // each in an order of its own
				jobs[(i*7+p*11)%size] = keyed(fmt.Sprint(i))
			}
			receipts, err := w.Store.Push(w.ctx, jobs)
			if !assert.NoError(w, err) {
				return
			}
			got[p] = make([]delayqueue.Receipt, size)
			for i := range jobs {
				got[p][i] = receipts[(i*7+p*11)%size]
			}
		})
	}
	wg.Wait()
	require.Len(w, w.table(), size)
	for i := range size {
		created := 0
		for p := range pushers {
			require.Equal(w, got[0][i].ID, got[p][i].ID)
			if !got[p][i].Existed {
				created++
			}
		}
		require.Equal(w, 1, created)
	}
}

func keysMany(w *world) {
	jobs := make([]core.DelayQueuePushParams, 2203)
	for i := range jobs {
		jobs[i] = keyed(fmt.Sprint(i))
	}
	first := w.pushed(jobs[:1100]...)
	second := w.pushed(jobs...)
	require.Len(w, w.table(), len(jobs))
	for i, r := range second {
		require.Equal(w, i < 1100, r.Existed)
		if i < 1100 {
			require.Equal(w, first[i].ID, r.ID)
		}
	}
	for _, i := range []int{0, 1099, 1100, 2202} {
		require.Equal(w, second[i].ID, w.holder(fmt.Sprint(i)))
	}
}
