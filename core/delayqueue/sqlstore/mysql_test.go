package sqlstore_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// A cluster lets each server count in steps of its own.
func TestPushWhereTheServerCountsInLargerSteps(t *testing.T) {
	s := onMySQL(t)
	s.pool.SetMaxOpenConns(1) // one session
	_, err := s.pool.ExecContext(t.Context(), "SET SESSION auto_increment_increment = 3, auto_increment_offset = 2")
	require.NoError(t, err)
	ids := s.push("k", 2203, 1)
	stored, err := sqldb.Column[uint64](s.db.QueryContext(t.Context(), "SELECT id FROM delay_queue_log ORDER BY id"))
	require.NoError(t, err)
	require.Equal(t, stored, ids)
	for i, id := range ids[1:] {
		require.GreaterOrEqual(t, id, ids[i]+3)
	}
}

// A trigger keeps the server from what it does for statements of many rows; that
// their ids are in a row is true all the same.
func TestPushesAtOnceIntoATableWithATrigger(t *testing.T) {
	s := onMySQL(t)
	s.exec("CREATE TABLE test_audit (id bigint unsigned)")
	s.exec("CREATE TRIGGER test_audited AFTER INSERT ON delay_queue_log FOR EACH ROW INSERT INTO test_audit VALUES (NEW.id)")
	const pushers, each, size = 4, 10, 500
	told := make([]map[uint64]string, pushers)
	var all sync.WaitGroup
	for p := range pushers {
		told[p] = map[uint64]string{}
		all.Go(func() {
			for n := range each {
				jobs := make([]core.DelayQueuePushParams, size)
				for i := range jobs {
					jobs[i] = core.DelayQueuePushParams{ExecCmd: "k", Name: fmt.Sprintf("%d.%d.%d", p, n, i)}
				}
				receipts, err := s.store.Push(context.Background(), jobs)
				if !assert.NoError(t, err) {
					return
				}
				for i, r := range receipts {
					told[p][r.ID] = jobs[i].Name
				}
			}
		})
	}
	all.Wait()
	rows, err := s.db.QueryContext(t.Context(), "SELECT id, name FROM delay_queue_log")
	require.NoError(t, err)
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var id uint64
		var name string
		require.NoError(t, rows.Scan(&id, &name))
		require.Equal(t, name, told[name[0]-'0'][id])
	}
	require.NoError(t, rows.Err())
	require.Equal(t, pushers*each*size, n)
}

// The server itself makes the completer the victim, in the middle of a
// transaction: everything of it is repeated.
func TestFinishAsTheVictimOfADeadlock(t *testing.T) {
	s := onMySQL(t)
	held := s.running("alice", 3)
	weight := s.push("other", 100, 1) // who has changed more is spared
	again := s.faults.Record("late_ms =", 2)

	other := s.lock(append(weight, held[2].ID)...)
	finished := make(chan error, 1)
	go func() { finished <- s.finish(context.Background(), held) }()
	s.awaitLockWait("late_ms =") // it has the first two rows, and wants the third
	_, err := other.Exec("UPDATE delay_queue_log SET name = 'locked' WHERE id = ?", held[0].ID)
	require.NoError(t, err)
	require.NoError(t, other.Commit())
	require.NoError(t, <-finished)
	require.NotEmpty(t, again.Query)
	require.Equal(t, 3, s.count("status = 3 AND attempts = 1 AND result = 'r'"))
}

// A daemon gives up its claim while the server still waits for a lock, and is
// declared dead; then the lock clears, and the server carries the claim out.
func TestClaimThatOutlivesItsDaemonBehindALock(t *testing.T) {
	s := onMySQL(t)
	s.exec("INSERT INTO script_daemon (id, seq, kinds) VALUES ('alice', 1, '[]')")
	lock := s.lock(s.push("k", 2, 1)[1])
	rescued := func() delayqueue.Rescued {
		r, err := s.store.Rescue(t.Context(), 3, 10)
		require.NoError(t, err)
		return r
	}

	ctx, cancel := context.WithCancel(t.Context())
	claim := claimOf("alice")
	claimed := make(chan error, 1)
	go func() {
		_, _, err := s.store.Claim(ctx, claim, "k", 0, 10)
		claimed <- err
	}()
	s.awaitLockWait("SET status = 2")
	cancel()
	require.ErrorIs(t, <-claimed, context.Canceled)
	rows, err := s.store.Claimed(t.Context(), claim)
	require.NoError(t, err)
	require.Empty(t, rows, "read back too early")
	s.exec("UPDATE script_daemon SET dead = 1")
	require.Zero(t, rescued(), "at the verdict there is nothing to be seen")

	require.NoError(t, lock.Commit())
	require.Eventually(t, func() bool {
		held, err := s.store.Owned(context.Background(), "alice")
		return err == nil && len(held) == 2
	}, patience, look, "the claim was not carried out")
	require.Equal(t, delayqueue.Rescued{Waiting: 2}, rescued())
	require.Equal(t, 2, s.count("status = 1 AND owner = '' AND rescues = 1"))
}

// Found along an index of status, a row would wait for its neighbours, which other
// daemons have locked, and daemons would lock rows in different orders.
func TestStatementsOnListedRowsWaitForNoOther(t *testing.T) {
	foreign := func(s *storeTest) uint64 { return s.running("bob", 1)[0].ID } // and bob lives
	later := func(s *storeTest) uint64 { return s.push("k", 1, 2)[0] }        // than one that is due
	for name, c := range map[string]struct {
		neighbour func(s *storeTest) uint64
		do        func(ctx context.Context, s *storeTest, held []delayqueue.Held) error
	}{
		"finish": {foreign, func(ctx context.Context, s *storeTest, held []delayqueue.Held) error { return s.finish(ctx, held) }},
		"retry": {foreign, func(ctx context.Context, s *storeTest, held []delayqueue.Held) error {
			retried := doneOf(held)
			for i := range retried {
				retried[i].Status = core.DelayWaiting
			}
			_, err := s.store.Finish(ctx, "alice", retried)
			return err
		}},
		"release": {foreign, func(ctx context.Context, s *storeTest, held []delayqueue.Held) error {
			_, err := s.store.Release(ctx, "alice", held)
			return err
		}},
		"start": {foreign, func(ctx context.Context, s *storeTest, held []delayqueue.Held) error {
			_, err := s.store.MarkStarted(ctx, "alice", held[0])
			return err
		}},
		"rescue": {foreign, func(ctx context.Context, s *storeTest, _ []delayqueue.Held) error {
			_, err := s.store.Rescue(ctx, 3, 10)
			return err
		}},
		"claim": {later, func(ctx context.Context, s *storeTest, _ []delayqueue.Held) error {
			_, _, err := s.store.Claim(ctx, claimOf("alice"), "k", 0, 60)
			return err
		}},
		"fail": {later, func(ctx context.Context, s *storeTest, _ []delayqueue.Held) error {
			_, err := s.store.FailUnknown(ctx, "k", "nobody knows it", 60)
			return err
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := onMySQL(t)
			s.exec("INSERT INTO script_daemon (id, seq, kinds) VALUES ('bob', 1, '[]')")
			s.push("other", 3000, 1)
			held := s.running("alice", 60)
			neighbour := c.neighbour(s)
			s.push("k", 60, 1)
			s.lock(neighbour)
			ctx, cancel := context.WithTimeout(t.Context(), lockWait)
			defer cancel()
			require.NoError(t, c.do(ctx, s, held))
		})
	}
}
