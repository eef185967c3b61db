package svc

import (
	"errors"
	"testing"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
	"gorm.io/gorm"
)

func TestSlowStatementsAreLoggedWithoutTheirValues(t *testing.T) {
	lines, seen := observer.New(zapcore.DebugLevel)
	g, err := gorm.Open(sqlite.Open(":memory:"), &gorm.Config{Logger: slowLog{zap.New(lines)}})
	require.NoError(t, err)
	statement := func() (string, int64) {
		return g.ToSQL(func(tx *gorm.DB) *gorm.DB { return tx.Exec("SELECT ?", "13800001111") }), 1
	}
	logged := g.Logger.(slowLog)
	logged.Trace(t.Context(), time.Now(), statement, errors.New("an error that the caller gets"))
	require.Empty(t, seen.All(), "fast statements, and errors, are not the log's business")

	filtered, values := logged.ParamsFilter(t.Context(), "SELECT ?", "13800001111")
	require.Equal(t, "SELECT ?", filtered)
	require.Empty(t, values)
	logged.Trace(t.Context(), time.Now().Add(-2*slow), func() (string, int64) { return filtered, 1 }, nil)
	require.Equal(t, 1, seen.Len())
	require.Equal(t, zapcore.WarnLevel, seen.All()[0].Level)
	require.Equal(t, "SELECT ?", seen.All()[0].ContextMap()["sql"])

	pool, err := g.DB()
	require.NoError(t, err)
	require.NoError(t, pool.Close())
}
