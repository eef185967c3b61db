package sqlstore_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// outcomesOf are of all the sorts that are recorded by statements of their own: tried
// again, done, done with a result that is kept whole, and done with successors.
func outcomesOf(held []delayqueue.Held) []delayqueue.Outcome {
	os := doneOf(held)
	for i := range os {
		os[i].Whole = ""
		switch i % 4 {
		case 1:
			os[i].Status, os[i].NextDue = core.DelayWaiting, time.Now().Add(time.Hour).UnixMilli()
		case 2:
			os[i].Whole = "whole"
		case 3:
			os[i].Successors = []core.DelayQueuePushParams{{ExecCmd: "next", DelayTime: 1000}}
		}
	}
	return os
}

// A few rows that somebody's transaction holds must neither hold up the outcomes of the
// others nor cost a wait for each half of a half of them.
func TestOutcomesAreRecordedPastRowsThatAreLocked(t *testing.T) {
	for name, mixed := range map[string]bool{"one statement": false, "all sorts": true} {
		t.Run(name, func(t *testing.T) {
			s := onMySQL(t)
			held := s.running("alice", delayqueue.RowsPerGroup)
			outcomes := outcomesOf(held)
			if !mixed {
				outcomes = doneOf(held)
			}
			var locked []uint64
			for _, h := range held[200:204] {
				locked = append(locked, h.ID)
			}
			tx := s.lock(locked...)

			ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second) // what the engine gives one use of the database
			defer cancel()
			lost, err := s.store.Finish(ctx, "alice", outcomes)
			var some *delayqueue.LockedError
			require.ErrorAs(t, err, &some)
			require.ElementsMatch(t, locked, some.IDs)
			require.True(t, sqldb.LockWait(err), "it is the server's error: %v", err)
			require.Empty(t, lost)
			require.Equal(t, len(locked), s.count("status = 2"))

			require.NoError(t, tx.Commit())
			lost, err = s.store.Finish(t.Context(), "alice", outcomes[200:204])
			require.NoError(t, err)
			require.Empty(t, lost)
			require.Zero(t, s.count("status = 2"))
			require.Equal(t, len(held), s.count("attempts = 1 AND result = 'r'"))
			if mixed {
				require.Equal(t, len(held)/4, s.count("exec_cmd = 'next'"), "no successor is missing or there twice")
			}
		})
	}
}

// What is lost is told, also where other rows are locked.
func TestLostRowsAreToldBesideLockedOnes(t *testing.T) {
	s := onMySQL(t)
	held := s.running("alice", 10)
	s.exec("UPDATE delay_queue_log SET token = token + 1 WHERE id = ?", held[3].ID)
	s.lock(held[5].ID)
	lost, err := s.store.Finish(t.Context(), "alice", doneOf(held))
	var some *delayqueue.LockedError
	require.ErrorAs(t, err, &some)
	require.Equal(t, []uint64{held[5].ID}, some.IDs)
	require.Equal(t, []uint64{held[3].ID}, lost)
}
