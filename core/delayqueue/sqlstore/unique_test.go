package sqlstore_test

import (
	"context"
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
)

// looking is how a push looks who has its keys.
const looking = "WHERE unique_hash IN"

func keyed(key string) []core.DelayQueuePushParams {
	return []core.DelayQueuePushParams{{ExecCmd: "k", ExecTime: 1, UniqueKey: key}}
}

// pushKeyed pushes one job through a store.
func (s *storeTest) pushKeyed(store *sqlstore.Store, key string) delayqueue.Receipt {
	s.Helper()
	receipts, err := store.Push(context.Background(), keyed(key))
	require.NoError(s, err)
	return receipts[0]
}

// Another push takes the key between the look and the insert.
func TestPushWhoseKeyIsTakenInBetween(t *testing.T) {
	s := onMySQL(t)
	var first delayqueue.Receipt
	s.faults.After(looking, 1, func() { first = s.pushKeyed(sqlstore.New(s.db), "a") })
	second := s.pushKeyed(s.store, "a")
	require.Equal(t, delayqueue.Receipt{ID: first.ID, Existed: true}, second)
	require.Equal(t, 1, s.count("1 = 1"))
}

// The job that has the key comes to an end between the look and the insert, and its
// key is taken by a third one: each push is answered as things stand when it looks again.
func TestPushWhoseKeyChangesHandsInBetween(t *testing.T) {
	s := onMySQL(t)
	peer := sqlstore.New(s.db)
	var third delayqueue.Receipt
	s.pushKeyed(peer, "a")
	s.exec("UPDATE delay_queue_log SET status = 3, unique_for = 1, end_time = 1")
	s.faults.Before("SET unique_hash = NULL", 1, func() {
		third = s.pushKeyed(peer, "a")
		require.False(t, third.Existed)
	})
	last := s.pushKeyed(s.store, "a")
	require.Equal(t, delayqueue.Receipt{ID: third.ID, Existed: true}, last)
}

// A job whose key is over is tried again by hand between the look and the freeing.
func TestPushFreesNoKeyOfAJobThatWaitsAgain(t *testing.T) {
	s := onMySQL(t)
	peer := sqlstore.New(s.db)
	first := s.pushKeyed(peer, "a")
	s.exec("UPDATE delay_queue_log SET status = 4, unique_for = 1, end_time = 1")
	s.faults.Before("SET unique_hash = NULL", 1, func() {
		answers, err := peer.Retry(t.Context(), []uint64{first.ID})
		require.NoError(t, err)
		require.Equal(t, delayqueue.Changed, answers[first.ID])
	})
	require.Equal(t, delayqueue.Receipt{ID: first.ID, Existed: true}, s.pushKeyed(s.store, "a"))
}

// A transaction that pushed the key is still open: the other push waits, and its
// answer depends on how that one ends.
func TestPushWaitsForAnotherOneOfItsKey(t *testing.T) {
	for name, end := range map[string]struct {
		how     func(tx *sql.Tx) error
		existed bool
	}{"commit": {(*sql.Tx).Commit, true}, "rollback": {(*sql.Tx).Rollback, false}} {
		t.Run(name, func(t *testing.T) {
			s := onMySQL(t)
			tx, err := s.db.BeginTx(t.Context(), nil)
			require.NoError(t, err)
			first, err := sqlstore.New(s.db).PushTx(t.Context(), tx, keyed("a"))
			require.NoError(t, err)
			pushed := make(chan delayqueue.Receipt, 1)
			go func() { pushed <- s.pushKeyed(s.store, "a") }()
			s.awaitLockWait("INSERT INTO delay_queue_log")
			require.NoError(t, end.how(tx))
			second := <-pushed
			require.Equal(t, end.existed, second.Existed)
			require.Equal(t, end.existed, second.ID == first[0].ID)
			require.Equal(t, 1, s.count("1 = 1"))
		})
	}
}

// A transaction that was told of a running job stays open: the job can end all the same.
func TestJobEndsBesideATransactionThatWantedItsKey(t *testing.T) {
	s := onMySQL(t)
	s.pushKeyed(s.store, "a")
	rows, _, err := s.store.Claim(t.Context(), claimOf("alice"), "k", 0, 1)
	require.NoError(t, err)
	tx, err := s.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, tx.Rollback()) }()
	receipts, err := s.store.PushTx(t.Context(), tx, keyed("a"))
	require.NoError(t, err)
	require.True(t, receipts[0].Existed)
	ctx, cancel := context.WithTimeout(t.Context(), lockWait)
	defer cancel()
	require.NoError(t, s.finish(ctx, []delayqueue.Held{{ID: rows[0].ID, Token: rows[0].Token}}))
	require.Equal(t, 1, s.count("status = 3 AND unique_hash IS NULL"))
}

// Whatever the isolation level of the caller: a key that was taken after his
// transaction began to read is no error, and is not taken twice.
func TestPushTxAtEachIsolationLevel(t *testing.T) {
	for _, level := range []sql.IsolationLevel{sql.LevelReadCommitted, sql.LevelRepeatableRead, sql.LevelSerializable} {
		t.Run(level.String(), func(t *testing.T) {
			s := onMySQL(t)
			peer := sqlstore.New(s.db)
			tx, err := s.db.BeginTx(t.Context(), &sql.TxOptions{Isolation: level})
			require.NoError(t, err)
			defer func() { _ = tx.Rollback() }()
			_, err = sqldb.Column[int](tx.QueryContext(t.Context(), "SELECT 1 FROM script_meta")) // it reads, and sees from now on what is there now
			require.NoError(t, err)
			first := s.pushKeyed(peer, "a")
			jobs := append(keyed("b"), keyed("a")...)
			receipts, err := s.store.PushTx(t.Context(), tx, append(jobs, jobs...))
			require.NoError(t, err)
			require.NoError(t, tx.Commit())
			require.Equal(t, delayqueue.Receipt{ID: first.ID, Existed: true}, receipts[1])
			require.False(t, receipts[0].Existed)
			require.True(t, receipts[2].Existed)
			require.Equal(t, 2, s.count("1 = 1"))
		})
	}
}

// A row that somebody holds is freed another time, and holds up no other.
func TestFreeKeysPassesByRowsThatOthersHold(t *testing.T) {
	s := onMySQL(t)
	ids := []uint64{s.pushKeyed(s.store, "a").ID, s.pushKeyed(s.store, "b").ID, s.pushKeyed(s.store, "c").ID}
	s.exec("UPDATE delay_queue_log SET status = 3, unique_for = 1, end_time = 1")
	lock := s.lock(ids[1])
	for _, want := range []int{2, 1} {
		_, freed, err := s.store.FreeKeys(t.Context(), nil, 10)
		require.NoError(t, err)
		require.Equal(t, want, freed)
		_ = lock.Rollback() // for the second time
	}
}
