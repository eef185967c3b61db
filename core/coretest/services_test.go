package coretest_test

import (
	"context"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/coretest"
	"simplest_script/core/plug"
	"simplest_script/core/svc"
)

// invoice is a module with a table of its own.
func invoice() plug.Module {
	return plug.Module{Name: "invoice", Tables: plug.Tables{SQLite: fstest.MapFS{
		"00001_invoice.sql": {Data: []byte("-- +goose Up\nCREATE TABLE invoice (id INTEGER PRIMARY KEY, paid INTEGER);\n")},
	}}}
}

// settle is a handler that works on a table and leaves a note in Redis.
func settle(s *svc.Services) core.Handler {
	return core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
		db, err := s.MySQL(ctx, "DBConsole")
		if err != nil {
			return err
		}
		if err := db.WithContext(ctx).Exec("UPDATE invoice SET paid = 1 WHERE id = ?", string(t.Payload)).Error; err != nil {
			return err
		}
		redis, err := s.Redis(ctx, "Default")
		if err != nil {
			return err
		}
		return redis.Set(ctx, "settled", t.Payload, 0).Err()
	})
}

func TestServicesForAHandler(t *testing.T) {
	s := coretest.Services(t)
	coretest.Migrate(t, s, invoice())
	db, err := s.MySQL(t.Context(), "DBConsole")
	require.NoError(t, err)
	require.NoError(t, db.Exec("INSERT INTO invoice (id, paid) VALUES (7, 0), (8, 0)").Error)

	require.NoError(t, coretest.Run(t, settle(s), "7").Err)

	var paid []int
	require.NoError(t, db.Raw("SELECT id FROM invoice WHERE paid = 1").Scan(&paid).Error)
	require.Equal(t, []int{7}, paid)
	redis, err := s.Redis(t.Context(), "Default")
	require.NoError(t, err)
	require.Equal(t, "7", redis.Get(t.Context(), "settled").Val())
}

func TestServicesHaveTheMachinesTablesAfterMigrate(t *testing.T) {
	s := coretest.Services(t)
	db, err := s.MySQL(t.Context(), "DBConsole")
	require.NoError(t, err)
	count := func() error { return db.Exec("SELECT COUNT(*) FROM delay_queue_log").Error }
	require.ErrorContains(t, count(), "no such table")
	coretest.Migrate(t, s)
	require.NoError(t, count())
}

func TestServicesKnowFurtherConnections(t *testing.T) {
	s := coretest.Services(t, "DBOrder")
	order, err := s.MySQL(t.Context(), "DBOrder")
	require.NoError(t, err)
	require.NoError(t, order.Exec("CREATE TABLE orders (id INTEGER)").Error)
	console, err := s.MySQL(t.Context(), "DBConsole")
	require.NoError(t, err)
	require.NoError(t, console.Exec("SELECT * FROM orders").Error)
	_, err = s.MySQL(t.Context(), "DBOther")
	require.ErrorContains(t, err, "DBOther")
}

func TestServicesHaveAKafka(t *testing.T) {
	brokers, err := coretest.Services(t).KafkaBrokers(t.Context(), "Default")
	require.NoError(t, err)
	require.Len(t, brokers, 1)
}

func TestServicesAreClosedAfterTheTest(t *testing.T) {
	var s *svc.Services
	t.Run("inner", func(t *testing.T) { s = coretest.Services(t) })
	_, err := s.Redis(t.Context(), "Default")
	require.ErrorIs(t, err, svc.ErrClosed)
}
