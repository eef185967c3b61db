package sqlstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// Rows that lie close together are read in one walk, past those of others between them.
func TestClaimReturnsNoneOfTheRowsBetweenItsOwn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newStoreTest(t, db)
		kinds := []string{"mine", "other"}
		jobs := make([]core.DelayQueuePushParams, 20)
		for i := range jobs {
			jobs[i] = core.DelayQueuePushParams{ExecCmd: kinds[i%2], ExecTime: 1}
		}
		_, err := s.store.Push(t.Context(), jobs)
		require.NoError(t, err)
		_, _, err = s.store.Claim(t.Context(), claimOf("bob"), "other", 0, 5)
		require.NoError(t, err)
		seen := s.faults.Record("SELECT id, COALESCE", 1)
		rows, _, err := s.store.Claim(t.Context(), claimOf("alice"), "mine", 0, 10)
		require.NoError(t, err)
		require.Contains(t, seen.Query, "BETWEEN")
		require.Len(t, rows, 10)
		for _, row := range rows {
			require.Equal(t, "mine", row.ExecCmd)
		}
	})
}

// The statement that takes neighbours comes to the row after them, which is not asked for.
func TestClaimDoesNotWaitForTheRowAfterItsOwn(t *testing.T) {
	s := onMySQL(t)
	ids := s.push("k", 20, 1)
	s.push("other", 1, 1)
	s.lock(ids[10])
	second := s.faults.Record("SET status = 2", 2)
	rows, _, err := s.store.Claim(t.Context(), claimOf("alice"), "k", 0, 10)
	require.NoError(t, err)
	require.Len(t, rows, 10)
	others, _, err := s.store.Claim(t.Context(), claimOf("bob"), "other", 0, 10)
	require.NoError(t, err)
	require.Contains(t, second.Args, any("other"), "the first was not repeated")

	again := s.faults.Record("late_ms =", 2)
	require.NoError(t, s.finish(t.Context(), heldOf(rows)))
	_, err = s.store.Finish(t.Context(), "bob", doneOf(heldOf(others)))
	require.NoError(t, err)
	require.Contains(t, again.Args, any("bob"), "nor was that of the outcomes")
}

// A row that grows when it is claimed does not fit where it lies.
func TestOwnerOfARowHasAFixedLength(t *testing.T) {
	s := onMySQL(t)
	var kind string
	require.NoError(t, s.db.QueryRowContext(t.Context(), "SELECT data_type FROM information_schema.columns"+
		" WHERE table_schema = DATABASE() AND table_name = 'delay_queue_log' AND column_name = 'owner'").Scan(&kind))
	require.Equal(t, "char", kind)
}
