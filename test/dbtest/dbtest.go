// Package dbtest gives a test a database of its own on each server that there is:
// SQLite always, MySQL or MariaDB where TEST_MYSQL_DSN names a server and a user
// who may create databases.
package dbtest

import (
	"context"
	"crypto/rand"
	"database/sql"
	"os"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/schema"
	"simplest_script/core/svc"
	"simplest_script/core/tool/sqldb"
)

// Own is the name of the connection in what Config returns.
const Own = "Own"

const variable = "TEST_MYSQL_DSN"

// Each runs f as one subtest per server, each with a new migrated database.
func Each(t *testing.T, f func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	EachDialect(t, func(t *testing.T, d sqldb.Dialect) { f(t, New(t, d)) })
}

// EachEmpty is Each with databases that have no table.
func EachEmpty(t *testing.T, f func(t *testing.T, db *sqldb.DB)) {
	t.Helper()
	EachDialect(t, func(t *testing.T, d sqldb.Dialect) { f(t, Empty(t, d)) })
}

// EachDialect runs f as one subtest per server; where there is no server, the
// subtest says so and is skipped.
func EachDialect(t *testing.T, f func(t *testing.T, d sqldb.Dialect)) {
	t.Helper()
	for _, d := range []sqldb.Dialect{sqldb.SQLite, sqldb.MySQL} {
		t.Run(string(d), func(t *testing.T) {
			need(t, d)
			f(t, d)
		})
	}
}

// New returns the daemon's own pool on a new migrated database. Pool and database
// are gone when the test ends. The test is skipped where there is no server.
func New(tb testing.TB, d sqldb.Dialect) *sqldb.DB {
	tb.Helper()
	db := Empty(tb, d)
	require.NoError(tb, schema.Migrate(context.Background(), db))
	return db
}

// Empty is New without any table.
func Empty(tb testing.TB, d sqldb.Dialect) *sqldb.DB {
	tb.Helper()
	db, err := Services(tb, Config(tb, d)).Own(context.Background())
	require.NoError(tb, err)
	return db
}

// Services returns services that are closed when the test ends.
func Services(tb testing.TB, cfg *conf.Config) *svc.Services {
	tb.Helper()
	s := svc.New(cfg, zap.NewNop())
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

// Config returns a configuration whose home is a new folder, and whose own
// connection is a new database without any table. For tests that need several
// pools, or several processes, on one database.
func Config(tb testing.TB, d sqldb.Dialect) *conf.Config {
	tb.Helper()
	need(tb, d)
	cfg := conf.Default()
	cfg.Env, cfg.Home, cfg.OwnMysql = conf.Test, tb.TempDir(), Own
	dsn := conf.Embedded
	if d == sqldb.MySQL {
		dsn = create(tb)
	}
	cfg.Mysql = map[string]conf.Secret{Own: conf.Secret(dsn)}
	return cfg
}

func need(tb testing.TB, d sqldb.Dialect) {
	tb.Helper()
	if d == sqldb.MySQL && os.Getenv(variable) == "" {
		tb.Skipf("%s is not set: left out on MySQL", variable)
	}
}

// create creates a database for the time of the test and returns its DSN.
func create(tb testing.TB) string {
	tb.Helper()
	c, err := mysql.ParseDSN(os.Getenv(variable))
	require.NoError(tb, err, variable)
	server, err := sql.Open("mysql", c.FormatDSN())
	require.NoError(tb, err)
	c.DBName = "test_" + rand.Text()
	_, err = server.ExecContext(context.Background(), "CREATE DATABASE "+c.DBName+" DEFAULT CHARACTER SET utf8mb4")
	require.NoError(tb, err, "creating a database for the test")
	tb.Cleanup(func() {
		_, err := server.ExecContext(context.Background(), "DROP DATABASE "+c.DBName)
		require.NoError(tb, err)
		require.NoError(tb, server.Close())
	})
	return c.FormatDSN()
}
