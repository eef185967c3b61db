package schema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

func adopted(t *testing.T, d sqldb.Dialect) *sqldb.DB {
	t.Helper()
	db := original(t, d)
	require.NoError(t, schema.Migrate(t.Context(), db))
	return db
}

func TestOverdueListsWhatWaitsForADecision(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		u, err := schema.Overdue(t.Context(), adopted(t, d))
		require.NoError(t, err)
		require.Equal(t, 2, u.Held.Count)
		require.Len(t, u.Held.Samples, 2)
		require.Equal(t, "months old", u.Held.Samples[0].Name, "the oldest first")
		require.Equal(t, uint64(1), u.Held.Samples[0].ID)
		require.Equal(t, "hello", u.Held.Samples[0].ExecCmd)
		require.Positive(t, u.Held.Samples[0].ExecTime)
		require.Equal(t, 1, u.Ownerless.Count)
		require.Equal(t, "its process died", u.Ownerless.Samples[0].Name)
	})
}

func TestNewInstallationHasNothingToDecide(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		u, err := schema.Overdue(t.Context(), db)
		require.NoError(t, err)
		require.Zero(t, u)
	})
}

func TestDecide(t *testing.T) {
	tests := []struct {
		decision schema.Decision
		want     []int
		results  int // rows that say why they were skipped
	}{
		{schema.Run, []int{1, 1, 1, 1, 3, 4, 2}, 0},
		{schema.Skip, []int{7, 7, 1, 7, 3, 4, 2}, 3},
	}
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		for _, tt := range tests {
			t.Run(string(tt.decision), func(t *testing.T) {
				db := adopted(t, d)
				execute(t, db, "INSERT INTO delay_queue_log (id, exec_cmd, status, owner) VALUES (7, 'hello', 2, 'a living daemon')")
				held, ownerless, err := schema.Decide(t.Context(), db, tt.decision)
				require.NoError(t, err)
				require.Equal(t, []int{2, 1}, []int{held, ownerless})
				require.Equal(t, tt.want, statuses(t, db))

				var explained int
				require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM delay_queue_log"+
					" WHERE result = 'skipped: overdue at adoption' AND end_time > 0").Scan(&explained))
				require.Equal(t, tt.results, explained)

				held, ownerless, err = schema.Decide(t.Context(), db, tt.decision)
				require.NoError(t, err)
				require.Equal(t, []int{0, 0}, []int{held, ownerless}, "again")
			})
		}
	})
}

func TestUnknownDecisionChangesNothing(t *testing.T) {
	db := adopted(t, sqldb.SQLite)
	_, _, err := schema.Decide(t.Context(), db, "perhaps")
	require.ErrorContains(t, err, `"perhaps" is neither run nor skip`)
	require.Equal(t, []int{5, 5, 1, 2, 3, 4}, statuses(t, db))
}

func TestDecideInChunks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		execute(t, db, "INSERT INTO delay_queue_log (status) VALUES (5), (5), (2)")
		for range 10 {
			execute(t, db, "INSERT INTO delay_queue_log (status) SELECT status FROM delay_queue_log")
		}
		held, ownerless, err := schema.Decide(t.Context(), db, schema.Skip)
		require.NoError(t, err)
		require.Equal(t, []int{2 << 10, 1 << 10}, []int{held, ownerless})
	})
}
