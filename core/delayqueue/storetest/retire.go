package storetest

import (
	"errors"
	"fmt"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func retire() []behaviour {
	return []behaviour{
		{"old jobs that have come to an end go, with all that is kept about them", retireOld},
		{"an archived job keeps what it was, and its whole result", retireArchives},
		{"no more than asked for at a time", retireLimit},
		{"a job that is retried meanwhile stays", retireRetried},
		{"a job whose unique key is to stay taken stays", retireKeyed},
		{"jobs that stay are passed, and the walk comes to its end", retireWalks},
		{"after an error all of it is still there", retireUndone},
		{"unfinished jobs are not retired", retireUnfinished},
		{"the archive forgets what is old", archiveForgets},
	}
}

// old stores n jobs of the status that ended at second 2000.
func (w *world) old(status core.DelayStatus, n int) []uint64 {
	w.Helper()
	ids := w.due("k", n)
	for _, id := range ids {
		w.set(id, "status = ?, exec_time = 1000, end_time = 2000000, result = 'short'", status)
		w.exec("INSERT INTO script_delay_result (job_id, result) VALUES (?, 'long')", id)
		w.exec("INSERT INTO script_delay_progress (job_id, percent) VALUES (?, 50)", id)
		w.exec("INSERT INTO script_delay_attempt (job_id, token, outcome) VALUES (?, 7, 'error')", id)
	}
	return ids
}

func (w *world) retire(status core.DelayStatus, before int64, archive bool, limit int) int {
	w.Helper()
	n, _, err := w.Store.RetireFrom(w.ctx, delayqueue.Place{}, status, before, archive, limit)
	require.NoError(w, err)
	return n
}

// rows counts the rows of a table.
func (w *world) rows(table string) (n int) {
	w.Helper()
	require.NoError(w, w.DB.QueryRowContext(w.ctx, "SELECT COUNT(*) FROM "+table).Scan(&n))
	return n
}

func retireKeyed(w *world) {
	ids := w.old(core.DelayDone, 2)
	w.key(ids[0], "order 1", int(w.seconds())) // much longer than since 1970
	w.key(ids[1], "order 2", 60)
	require.Equal(w, 1, w.retire(core.DelayDone, 2001, false, 100))
	w.taken(keyed("order 1"), ids[0])
	w.one(keyed("order 2"))
}

func retireWalks(w *world) {
	ids := w.old(core.DelayDone, 7)
	for i, id := range ids[:3] {
		w.key(id, fmt.Sprint("order ", i), int(w.seconds()))
	}
	w.set(ids[4], "exec_time = 500")    // the first of all
	w.set(ids[5], "end_time = 9000000") // it ended later
	walk := func(at delayqueue.Place) (int, delayqueue.Place) {
		n, next, err := w.Store.RetireFrom(w.ctx, at, core.DelayDone, 3000, false, 2)
		require.NoError(w, err)
		return n, next
	}
	var gone []int
	for n, at := walk(delayqueue.Place{}); ; n, at = walk(at) {
		if gone = append(gone, n); at == (delayqueue.Place{}) {
			break
		}
	}
	require.Equal(w, []int{1, 0, 1, 1}, gone)
	require.Len(w, w.table(), 4)
	require.Zero(w, w.retire(core.DelayDone, 3000, false, 100), "what is left stays")
}

func retireOld(w *world) {
	ids := w.old(core.DelayDone, 3)
	w.set(ids[2], "end_time = 9000000") // due long ago, and ended later
	failed := w.old(core.DelayFailed, 1)[0]
	require.Zero(w, w.retire(core.DelayDone, 2000, false, 100))
	require.Equal(w, 2, w.retire(core.DelayDone, 2001, false, 100))
	require.Len(w, w.table(), 2)
	require.Equal(w, []uint64{ids[2], failed}, []uint64{w.table()[0].ID, w.table()[1].ID})
	for _, table := range []string{"script_delay_result", "script_delay_progress", "script_delay_attempt"} {
		require.Equal(w, 2, w.rows(table), table)
	}
	require.Zero(w, w.rows("script_delay_archive"))
}

func retireArchives(w *world) {
	id := w.old(core.DelayFailed, 1)[0]
	w.set(id, "name = '首单', attempts = 5")
	require.Equal(w, 1, w.retire(core.DelayFailed, 3000, true, 100))
	require.Empty(w, w.table())
	var name, result, whole string
	var attempts, at int64
	require.NoError(w, w.DB.QueryRowContext(w.ctx, "SELECT name, result, whole, attempts, archived_at FROM script_delay_archive WHERE id = ?", id).
		Scan(&name, &result, &whole, &attempts, &at))
	require.Equal(w, []any{"首单", "short", "long", int64(5)}, []any{name, result, whole, attempts})
	require.Positive(w, at)
}

func retireLimit(w *world) {
	w.old(core.DelayDone, 5)
	require.Equal(w, 2, w.retire(core.DelayDone, 3000, true, 2))
	require.Equal(w, 3, w.retire(core.DelayDone, 3000, true, 10))
	require.Equal(w, 5, w.rows("script_delay_archive"))
}

func retireRetried(w *world) {
	ids := w.old(core.DelayFailed, 2)
	w.Faults.Before("BEGIN", 1, func() {
		_, err := w.Peer.Retry(w.ctx, ids[:1])
		require.NoError(w, err)
	})
	require.Equal(w, 1, w.retire(core.DelayFailed, 3000, true, 100))
	require.Equal(w, core.DelayWaiting, w.row(ids[0]).Status)
	require.Equal(w, 1, w.rows("script_delay_attempt"), "its history is still there")
}

func retireUndone(w *world) {
	w.old(core.DelayDone, 2)
	w.Faults.Refuse("DELETE FROM delay_queue_log", 1, errStaged)
	_, _, err := w.Store.RetireFrom(w.ctx, delayqueue.Place{}, core.DelayDone, 3000, true, 100)
	require.True(w, errors.Is(err, errStaged))
	require.Len(w, w.table(), 2)
	require.Zero(w, w.rows("script_delay_archive"))
	require.Equal(w, 2, w.rows("script_delay_result"))
}

func retireUnfinished(w *world) {
	w.old(core.DelayWaiting, 1)
	_, _, err := w.Store.RetireFrom(w.ctx, delayqueue.Place{}, core.DelayWaiting, 3000, false, 100)
	require.ErrorContains(w, err, "only those that have come to an end")
}

func archiveForgets(w *world) {
	w.old(core.DelayDone, 3)
	w.retire(core.DelayDone, 3000, true, 100)
	n, err := w.Store.ForgetArchived(w.ctx, 3000, 2)
	require.NoError(w, err)
	require.Zero(w, n, "they were archived just now")
	n, err = w.Store.ForgetArchived(w.ctx, w.seconds()+10, 2)
	require.NoError(w, err)
	require.Equal(w, 2, n)
	require.Equal(w, 1, w.rows("script_delay_archive"))
}
