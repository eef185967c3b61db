package storetest

import (
	"context"
	"database/sql"
	"errors"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func pushTx() []behaviour {
	return []behaviour{
		{"jobs exist once the caller commits", txCommits},
		{"jobs and keys are as before when the caller rolls back", txRollsBack},
		{"a key is taken by a job of the same transaction", txSeesItself},
		{"a key that is over is freed with the transaction", txFrees},
		{"more rows than one statement takes, with and without keys", txMany},
		{"after an error nothing is tried again, and it is the driver's", txFails},
	}
}

// begin begins a transaction of the caller's.
func (w *world) begin() *sql.Tx {
	w.Helper()
	tx, err := w.DB.BeginTx(w.ctx, nil)
	require.NoError(w, err)
	w.Cleanup(func() { _ = tx.Rollback() }) // where the test has not ended it
	return tx
}

func (w *world) pushedInto(tx delayqueue.Tx, jobs ...core.DelayQueuePushParams) []delayqueue.Receipt {
	w.Helper()
	receipts, err := w.Store.PushTx(w.ctx, tx, jobs)
	require.NoError(w, err)
	require.Len(w, receipts, len(jobs))
	return receipts
}

func txCommits(w *world) {
	tx := w.begin()
	receipts := w.pushedInto(tx, keyed("a"), core.DelayQueuePushParams{Name: "plain", ExecCmd: "k", DelayTime: 60})
	require.Empty(w, w.table())
	require.NoError(w, tx.Commit())
	require.Len(w, w.table(), 2)
	require.Equal(w, receipts[0].ID, w.holder("a"))
	r := w.row(receipts[1].ID)
	require.Equal(w, "plain", r.Name)
	require.InDelta(w, w.seconds()+60, r.Second, 30)
	w.taken(keyed("a"), receipts[0].ID)
}

func txRollsBack(w *world) {
	over := keyed("over")
	id := w.one(over)
	w.finishAs(core.DelayDone)
	w.set(id, "unique_for = 1, unique_hash = ?, end_time = 1", delayqueue.UniqueHash("k", "over"))
	tx := w.begin()
	w.pushedInto(tx, keyed("a"), over)
	require.NoError(w, tx.Rollback())
	require.Len(w, w.table(), 1)
	require.Zero(w, w.holder("a"))
	var kept bool
	require.NoError(w, w.DB.QueryRowContext(w.ctx, "SELECT unique_hash IS NOT NULL FROM delay_queue_log WHERE id = ?", id).Scan(&kept))
	require.True(w, kept)
	w.one(keyed("a"))
}

func txSeesItself(w *world) {
	tx := w.begin()
	first := w.pushedInto(tx, keyed("a"))[0]
	require.False(w, first.Existed)
	require.Equal(w, []delayqueue.Receipt{{ID: first.ID, Existed: true}}, w.pushedInto(tx, keyed("a")))
	require.NoError(w, tx.Commit())
	require.Len(w, w.table(), 1)
}

func txFrees(w *world) {
	id := w.one(keyed("a"))
	w.set(id, "status = 3, unique_for = 60, end_time = ?", w.millis()-60_000)
	tx := w.begin()
	next := w.pushedInto(tx, keyed("a"))[0]
	require.False(w, next.Existed)
	require.NoError(w, tx.Commit())
	require.Equal(w, next.ID, w.holder("a"))
}

func txMany(w *world) {
	jobs := append(many(), fewKeyed()...)
	tx := w.begin()
	receipts := w.pushedInto(tx, jobs...)
	require.NoError(w, tx.Commit())
	names := map[uint64]string{}
	for _, r := range w.table() {
		names[r.ID] = r.Name
	}
	require.Len(w, names, len(jobs))
	for i, r := range receipts {
		require.Equal(w, jobs[i].Name, names[r.ID])
	}
}

// victim is a transaction that loses against another one with its first insert.
type victim struct {
	delayqueue.Tx
	sent int
}

func (v *victim) ExecContext(context.Context, string, ...any) (sql.Result, error) {
	v.sent++
	return nil, &mysql.MySQLError{Number: 1213, Message: "Deadlock found"}
}

func txFails(w *world) {
	v := &victim{Tx: w.begin()}
	_, err := w.Store.PushTx(w.ctx, v, many())
	var deadlock *mysql.MySQLError
	require.True(w, errors.As(err, &deadlock), "%v", err)
	require.Equal(w, []any{uint16(1213), 1}, []any{deadlock.Number, v.sent})
}
