package sqlstore_test

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/sqlfault"
)

const (
	// patience bounds every wait of these tests; nothing asserts how long things take.
	patience = 30 * time.Second
	// look passes between two looks whether something has happened. InnoDB answers
	// who looks sooner what it answered before.
	look = 150 * time.Millisecond
	// lockWait is less than the server waits for a lock.
	lockWait = 5 * time.Second
)

// storeTest is a store on a database of its own.
type storeTest struct {
	*testing.T
	db     *sqldb.DB
	pool   *sqldb.DB // of store alone, on the same database
	store  *sqlstore.Store
	faults *sqlfault.Script // strike the statements of store
}

func newStoreTest(t *testing.T, db *sqldb.DB) *storeTest {
	script := sqlfault.New(t)
	pool := &sqldb.DB{DB: script.Over(db.DB), Dialect: db.Dialect}
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	return &storeTest{t, db, pool, sqlstore.New(pool), script}
}

// onMySQL is for what only a server does; it skips the test where there is none.
func onMySQL(t *testing.T) *storeTest { return newStoreTest(t, dbtest.New(t, sqldb.MySQL)) }

// exec runs a statement of the test's own.
func (s *storeTest) exec(query string, args ...any) {
	s.Helper()
	_, err := s.db.ExecContext(s.Context(), query, args...)
	require.NoError(s, err, query)
}

// count counts the jobs that meet the condition.
func (s *storeTest) count(condition string) (n int) {
	s.Helper()
	require.NoError(s, s.db.QueryRowContext(s.Context(), "SELECT COUNT(*) FROM delay_queue_log WHERE "+condition).Scan(&n))
	return n
}

// push stores n jobs that are due at the given Unix second.
func (s *storeTest) push(kind string, n, second int) []uint64 {
	s.Helper()
	jobs := make([]core.DelayQueuePushParams, n)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{ExecCmd: kind, ExecTime: second}
	}
	receipts, err := s.store.Push(s.Context(), jobs)
	require.NoError(s, err)
	ids := make([]uint64, n)
	for i, r := range receipts {
		ids[i] = r.ID
	}
	return ids
}

// running stores n due jobs of the kind k and lets owner claim them.
func (s *storeTest) running(owner string, n int) []delayqueue.Held {
	s.Helper()
	s.push("k", n, 1)
	rows, _, err := s.store.Claim(s.Context(), claimOf(owner), "k", 0, n)
	require.NoError(s, err)
	require.Len(s, rows, n)
	return heldOf(rows)
}

func heldOf(rows []delayqueue.Row) []delayqueue.Held {
	held := make([]delayqueue.Held, len(rows))
	for i, r := range rows {
		held[i] = delayqueue.Held{ID: r.ID, Token: r.Token}
	}
	return held
}

// finish records that alice's rows are done.
func (s *storeTest) finish(ctx context.Context, held []delayqueue.Held) error {
	lost, err := s.store.Finish(ctx, "alice", doneOf(held))
	if err == nil && len(lost) > 0 {
		return sql.ErrNoRows
	}
	return err
}

// lock changes rows in a transaction of somebody else's, and leaves it open.
func (s *storeTest) lock(ids ...uint64) *sql.Tx {
	s.Helper()
	tx, err := s.db.BeginTx(context.Background(), nil)
	require.NoError(s, err)
	s.Cleanup(func() { _ = tx.Rollback() }) // where the test has not ended it
	for _, id := range ids {
		_, err = tx.Exec("UPDATE delay_queue_log SET name = 'locked' WHERE id = ?", id)
		require.NoError(s, err)
	}
	return tx
}

// awaitLockWait waits until a statement with match waits for a lock.
func (s *storeTest) awaitLockWait(match string) {
	s.Helper()
	require.Eventually(s, func() bool {
		var n int
		err := s.db.QueryRow("SELECT COUNT(*) FROM information_schema.innodb_trx x JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id"+
			" WHERE p.db = DATABASE() AND x.trx_state = 'LOCK WAIT' AND x.trx_query LIKE ?", "%"+match+"%").Scan(&n)
		return err == nil && n > 0
	}, patience, look, "nothing waits: %s", match)
}

func claimOf(owner string) delayqueue.Claim {
	return delayqueue.Claim{Owner: owner, Token: rand.Uint64N(1<<63-1) + 1}
}

// doneOf is the same outcome for each row; its result is kept whole beside.
func doneOf(held []delayqueue.Held) []delayqueue.Outcome {
	out := make([]delayqueue.Outcome, len(held))
	for i, h := range held {
		out[i] = delayqueue.Outcome{Held: h, Status: core.DelayDone, Result: "r", Whole: "whole", Attempts: 1, Started: 1, Ended: 2}
	}
	return out
}
