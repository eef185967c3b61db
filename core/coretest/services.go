package coretest

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/plug"
	"simplest_script/core/schema"
	"simplest_script/core/svc"
)

// Services returns services for a handler that asks for connections. They are
// embedded ones, as in development, with their data in a folder that is gone after
// the test. MySQL (here: SQLite) is named DBConsole, Redis and Kafka are named
// Default; mysql names further connections, which lead to the same database.
//
// Nothing is opened before it is asked for, and everything is closed when the test
// ends. The database has no tables before Migrate, or the test, makes them.
func Services(tb testing.TB, mysql ...string) *svc.Services {
	tb.Helper()
	c := conf.Default()
	c.Home, c.OwnMysql = tb.TempDir(), conf.ConsoleName
	c.Mysql = map[string]conf.Secret{conf.ConsoleName: conf.Embedded}
	for _, name := range mysql {
		c.Mysql[name] = conf.Embedded
	}
	c.Redis = map[string]conf.Redis{conf.DefaultName: {Addr: conf.Embedded}}
	c.Kafka = map[string]conf.Kafka{conf.DefaultName: {Brokers: conf.Embedded}}
	s := svc.New(c, zap.NewNop())
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

// Migrate makes the machine's own tables, and those of the modules, in the
// database of s.
func Migrate(tb testing.TB, s *svc.Services, modules ...plug.Module) {
	tb.Helper()
	db, err := s.Schema(tb.Context())
	require.NoError(tb, err)
	tables := make([]schema.Module, len(modules))
	for i, m := range modules {
		tables[i] = schema.Module{Name: m.Name, MySQL: m.Tables.MySQL, SQLite: m.Tables.SQLite}
	}
	require.NoError(tb, schema.Migrate(tb.Context(), db, tables...))
}
