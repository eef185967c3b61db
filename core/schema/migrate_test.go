package schema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

func TestEmptyDatabase(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, db *sqldb.DB) {
		pending, err := schema.Status(t.Context(), db)
		require.NoError(t, err)
		require.Len(t, pending, 9)

		require.NoError(t, schema.Migrate(t.Context(), db))
		pending, err = schema.Status(t.Context(), db)
		require.NoError(t, err)
		require.Empty(t, pending)
		require.NoError(t, schema.Migrate(t.Context(), db), "again")
	})
}
