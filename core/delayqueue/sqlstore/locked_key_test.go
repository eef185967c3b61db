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

// A push in a transaction that stays open holds its unique key. Whoever records a job
// whose successor wants that key must hear that it is a lock, not that time was up: it
// then goes on with the outcomes of other jobs.
func TestSuccessorWhoseKeyIsLockedIsTold(t *testing.T) {
	s := onMySQL(t)
	_, err := s.store.Push(t.Context(), []core.DelayQueuePushParams{{ExecCmd: "k"}})
	require.NoError(t, err)
	rows, _, err := s.store.Claim(t.Context(), claimOf("alice"), "k", 0, 1)
	require.NoError(t, err)

	tx, err := s.db.BeginTx(t.Context(), nil)
	require.NoError(t, err)
	keyed := []core.DelayQueuePushParams{{ExecCmd: "k", UniqueKey: "taken", DelayTime: 100}}
	_, err = s.store.PushTx(t.Context(), tx, keyed)
	require.NoError(t, err)

	done := delayqueue.Outcome{Held: delayqueue.Held{ID: rows[0].ID, Token: rows[0].Token}, Status: core.DelayDone, Attempts: 1, Successors: keyed}
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Second)
	defer cancel()
	_, err = s.store.Finish(ctx, "alice", []delayqueue.Outcome{done})
	require.True(t, sqldb.LockWait(err), "%v", err)

	require.NoError(t, tx.Commit())
	lost, err := s.store.Finish(t.Context(), "alice", []delayqueue.Outcome{done})
	require.NoError(t, err)
	require.Empty(t, lost)
}
