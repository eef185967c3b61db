package storetest

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func push() []behaviour {
	return []behaviour{
		{"a plain INSERT with the original columns is a push", plainInsert},
		{"an INSERT may leave columns out", shortInsert},
		{"delays and times may be mixed", mixedPush},
		{"a delay counts from the database's clock, rounded up to the millisecond", delayFromNow},
		{"ids come in the order of the jobs, beyond what one statement takes", idsInOrder},
		{"pushes at the same time get the ids of their own rows", pushesAtOnce},
		{"text of four-byte characters fits by characters", fourByteParams},
	}
}

func plainInsert(w *world) {
	second := w.seconds() - 5
	w.exec("INSERT INTO delay_queue_log (name, exec_cmd, params, status, result, exec_time, create_time, update_time)"+
		" VALUES ('order 7', 'k', '{\"order\":7}', 1, '', ?, '2026-01-02 03:04:05', '2026-01-02 03:04:05')", second)
	rows, more, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, 10)
	require.NoError(w, err)
	require.False(w, more)
	require.Len(w, rows, 1)
	r := rows[0]
	require.Equal(w, []any{"order 7", "k", `{"order":7}`}, []any{r.Name, r.ExecCmd, r.Params})
	require.Equal(w, []int64{second * 1000, second * 1000}, []int64{r.Due, r.FirstDue})
	require.Equal(w, []int{0, 0, 0}, []int{r.Attempts, r.MaxAttempts, r.Rescues})
}

func shortInsert(w *world) {
	w.exec("INSERT INTO delay_queue_log (exec_cmd, exec_time) VALUES ('k', ?)", w.seconds())
	rows, _, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, 10)
	require.NoError(w, err)
	require.Len(w, rows, 1)
	require.Empty(w, rows[0].Name+rows[0].Params)
}

func mixedPush(w *world) {
	at := int(w.seconds()) + 1000
	ids, err := idsFrom(w.Store.Push(w.ctx, []core.DelayQueuePushParams{
		{Name: "at", ExecCmd: "a", Params: "1", ExecTime: at},
		{Name: "at with milliseconds", ExecCmd: "b", Params: "2", ExecTime: at, ExecMs: 250, MaxAttempts: 7},
		{Name: "in", ExecCmd: "c", Params: "3", DelayTime: 30, DelayMs: 1500},
		{Name: "at wins over in", ExecCmd: "d", Params: "4", ExecTime: at, DelayTime: 5, DelayMs: 5},
	}))
	require.NoError(w, err)
	require.Len(w, ids, 4)
	first, second, third, fourth := w.row(ids[0]), w.row(ids[1]), w.row(ids[2]), w.row(ids[3])
	require.Equal(w, []any{"at", "a", "1", core.DelayWaiting, int64(at), int64(0), 0},
		[]any{first.Name, first.Kind, first.Params, first.Status, first.Second, first.Ms, first.MaxAttempts})
	require.Equal(w, []any{"b", int64(at), int64(250), 7}, []any{second.Kind, second.Second, second.Ms, second.MaxAttempts})
	require.InDelta(w, w.seconds()+31, third.Second, 30, "in half a minute, not at a fixed time")
	require.Equal(w, []int64{int64(at), 0}, []int64{fourth.Second, fourth.Ms})
	for _, r := range w.table() {
		require.Empty(w, r.Owner)
		require.Zero(w, r.DueAt+r.Start+r.End)
	}
}

func delayFromNow(w *world) {
	for range 20 { // that the clock stands at a full millisecond is rare
		before, err := w.Peer.Now(w.ctx)
		require.NoError(w, err)
		ids, err := idsFrom(w.Store.Push(w.ctx, []core.DelayQueuePushParams{{ExecCmd: "k", DelayMs: 1250}, {ExecCmd: "k"}}))
		require.NoError(w, err)
		after, err := w.Peer.Now(w.ctx)
		require.NoError(w, err)
		for i, delay := range []int64{1250, 0} {
			r := w.row(ids[i])
			require.Less(w, r.Ms, int64(1000))
			due := r.Second*1000 + r.Ms
			require.GreaterOrEqual(w, due*1000, before+delay*1000, "early by the database's clock")
			require.LessOrEqual(w, due, (after+999)/1000+delay)
		}
	}
}

func idsInOrder(w *world) {
	const n = 2203
	jobs := make([]core.DelayQueuePushParams, n)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{Name: fmt.Sprint(i), ExecCmd: "k", DelayMs: int64(i)}
	}
	ids, err := idsFrom(w.Store.Push(w.ctx, jobs))
	require.NoError(w, err)
	require.Len(w, ids, n)
	rows := w.table()
	require.Len(w, rows, n)
	for i, r := range rows { // in the order of their ids
		require.Equal(w, []any{fmt.Sprint(i), ids[i]}, []any{r.Name, r.ID})
	}
}

func pushesAtOnce(w *world) {
	const pushers, each, size = 4, 6, 25
	got := make([]map[uint64]string, pushers)
	var wg sync.WaitGroup
	for p := range pushers {
		got[p] = map[uint64]string{}
		wg.Go(func() {
			for round := range each {
				jobs := make([]core.DelayQueuePushParams, size)
				for i := range jobs {
					jobs[i] = core.DelayQueuePushParams{Name: fmt.Sprintf("%d.%d.%d", p, round, i), ExecCmd: "k"}
				}
				ids, err := idsFrom(w.Store.Push(w.ctx, jobs))
				if !assert.NoError(w, err) {
					return
				}
				for i, id := range ids {
					got[p][id] = jobs[i].Name
				}
			}
		})
	}
	wg.Wait()
	rows := w.table()
	require.Len(w, rows, pushers*each*size)
	for _, r := range rows {
		var p int
		_, err := fmt.Sscanf(r.Name, "%d.", &p)
		require.NoError(w, err)
		require.Equal(w, r.Name, got[p][r.ID])
	}
}

func fourByteParams(w *world) {
	params := strings.Repeat("🙂", 500)
	ids, err := idsFrom(w.Store.Push(w.ctx, []core.DelayQueuePushParams{{ExecCmd: "k", Params: params}}))
	require.NoError(w, err)
	require.Equal(w, params, w.row(ids[0]).Params)
	rows, _, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 2*time.Second, 10)
	require.NoError(w, err)
	require.Len(w, rows, 1)
	require.Equal(w, params, rows[0].Params)
}
