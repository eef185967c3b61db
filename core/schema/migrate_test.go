package schema_test

import (
	"context"
	"fmt"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"

	"simplest_script/core/schema"
	"simplest_script/core/svc"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

func pending(t *testing.T, db *sqldb.DB, modules ...schema.Module) []string {
	t.Helper()
	migrations, err := schema.Status(t.Context(), db, modules...)
	require.NoError(t, err)
	names := []string{}
	for _, m := range migrations {
		names = append(names, m.String())
	}
	return names
}

func TestEmptyDatabase(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, db *sqldb.DB) {
		before := pending(t, db)
		require.Equal(t, "00001_crontab_log.sql", before[0])
		require.Equal(t, before, pending(t, db), "looking changes nothing")

		var shown []string
		require.NoError(t, schema.MigrateShowing(t.Context(), db, func(m schema.Migration) { shown = append(shown, m.String()) }))
		require.Equal(t, before, shown)
		require.Empty(t, pending(t, db))
		require.NoError(t, schema.MigrateShowing(t.Context(), db, func(m schema.Migration) { t.Errorf("%s a second time", m) }))
	})
}

func TestOriginalInstallation(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		db := original(t, d)
		require.NoError(t, schema.Migrate(t.Context(), db))
		require.Equal(t, []int{5, 5, 1, 2, 3, 4}, statuses(t, db), "nothing old fires")

		var adopted int64
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT value FROM script_meta WHERE name = 'adopted_at'").Scan(&adopted))
		require.Positive(t, adopted)
	})
}

func TestManyOverdueRowsAreHeldInChunks(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		db := original(t, d)
		for range 10 { // 2 overdue, doubled 10 times
			execute(t, db, "INSERT INTO delay_queue_log (exec_cmd, status, exec_time) SELECT exec_cmd, status, exec_time FROM delay_queue_log WHERE id IN"+
				" (SELECT id FROM (SELECT id FROM delay_queue_log WHERE status = 1 AND exec_time < "+d.NowSeconds()+") overdue)")
		}
		require.NoError(t, schema.Migrate(t.Context(), db))
		u, err := schema.Overdue(t.Context(), db)
		require.NoError(t, err)
		require.Equal(t, 2<<10, u.Held.Count)
	})
}

// A job that comes in after the adoption is nobody's past, even where the adoption
// itself has to be repeated.
func TestJobsAfterTheAdoptionAreNotHeld(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		db := original(t, d)
		require.NoError(t, schema.Migrate(t.Context(), db))
		execute(t, db, "UPDATE script_meta SET value = value - 100 WHERE name = 'adopted_at'")
		execute(t, db, "DELETE FROM script_schema_version WHERE version_id IN (8, 9)") // the adoption
		execute(t, db, "INSERT INTO delay_queue_log (exec_cmd, exec_time) VALUES ('hello', "+d.NowSeconds()+" - 50)")
		require.NoError(t, schema.Migrate(t.Context(), db))
		require.Equal(t, []int{5, 5, 1, 2, 3, 4, 1}, statuses(t, db))
	})
}

// The machine stands between the change of a table and the note of it when it is
// killed. SQLite knows no such state.
func TestHalfAppliedMigrationIsRepeated(t *testing.T) {
	db := dbtest.Empty(t, sqldb.MySQL)
	steps := len(pending(t, db))
	require.NoError(t, schema.Migrate(t.Context(), db))
	for version := steps; version >= 0; version-- {
		execute(t, db, "DELETE FROM script_schema_version WHERE version_id >= ?", version)
		require.NoError(t, schema.Migrate(t.Context(), db), "from version %d", version)
		require.Empty(t, pending(t, db))
	}
}

// Somebody has added a column of that name for a purpose of his own.
func TestColumnOfAnotherPurposeIsNoticed(t *testing.T) {
	db := original(t, sqldb.MySQL)
	execute(t, db, "ALTER TABLE delay_queue_log ADD COLUMN owner int")
	err := schema.Migrate(t.Context(), db)
	require.ErrorContains(t, err, "migration 00003_delay_queue_log_columns.sql: the table delay_queue_log has some of the new columns and lacks others")
	require.Contains(t, pending(t, db), "00003_delay_queue_log_columns.sql")
}

func TestSeveralMigratorsAtOnce(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		cfg := dbtest.Config(t, d)
		steps := len(pending(t, open(t, cfg)))
		group, ctx := errgroup.WithContext(t.Context())
		for range 4 {
			group.Go(func() error { return migrateAsAnotherDaemon(ctx, dbtest.Services(t, cfg)) })
		}
		require.NoError(t, group.Wait())

		var rows, versions, newest int
		require.NoError(t, open(t, cfg).QueryRowContext(t.Context(),
			"SELECT COUNT(*), COUNT(DISTINCT version_id), MAX(version_id) FROM script_schema_version").Scan(&rows, &versions, &newest))
		require.Equal(t, []int{steps + 1, steps + 1, steps}, []int{rows, versions, newest}, "each was applied once")
	})
}

func migrateAsAnotherDaemon(ctx context.Context, s *svc.Services) error {
	db, err := s.Schema(ctx)
	if err != nil {
		return err
	}
	return schema.Migrate(ctx, db)
}

func TestNewerSchemaIsAccepted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		execute(t, db, "ALTER TABLE delay_queue_log ADD COLUMN of_the_next_release int NOT NULL DEFAULT 0")
		execute(t, db, "INSERT INTO script_schema_version (version_id, is_applied) VALUES (9999, 1)")
		require.Empty(t, pending(t, db))
		require.NoError(t, schema.Migrate(t.Context(), db))
	})
}

func module(name string, statements ...string) schema.Module {
	files := fstest.MapFS{}
	for i, s := range statements {
		files[fmt.Sprintf("%05d_%s.sql", i+1, name)] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + s + "\n\n-- +goose Down\nDROP TABLE nothing;\n")}
	}
	return schema.Module{Name: name, MySQL: files, SQLite: files}
}

func TestModulesHaveVersionsOfTheirOwn(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, db *sqldb.DB) {
		const table = "CREATE TABLE IF NOT EXISTS invoice (id int NOT NULL);"
		require.NoError(t, schema.Migrate(t.Context(), db, module("invoice", table)))
		execute(t, db, "INSERT INTO invoice VALUES (1)")

		grown := module("invoice", table, "ALTER TABLE invoice ADD COLUMN paid int NOT NULL DEFAULT 0;")
		require.Equal(t, []string{"invoice/00002_invoice.sql"}, pending(t, db, grown))
		require.NoError(t, schema.Migrate(t.Context(), db, grown))
		execute(t, db, "UPDATE invoice SET paid = 1")
		require.Empty(t, pending(t, db, grown))
		require.NoError(t, schema.Migrate(t.Context(), db, module("invoice", table)), "an older program on the newer table")
	})
}

// Two branches have each added a step; the one with the smaller number is released later.
func TestLateStepIsAppliedToo(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, db *sqldb.DB) {
		steps := []string{"CREATE TABLE a (id int)", "CREATE TABLE b (id int)", "CREATE TABLE c (id int)"}
		require.NoError(t, schema.Migrate(t.Context(), db, module("m", steps...)))
		execute(t, db, "DROP TABLE b")
		execute(t, db, "DELETE FROM script_schema_version_m WHERE version_id = 2")
		require.NoError(t, schema.Migrate(t.Context(), db, module("m", steps...)))
		execute(t, db, "INSERT INTO b VALUES (1)")
	})
}

func TestWrongModules(t *testing.T) {
	one := fstest.MapFS{"00001_a.sql": {Data: []byte("-- +goose Up\nSELECT 1;")}}
	tests := []struct {
		name   string
		module schema.Module
		want   string
	}{
		{"name", schema.Module{Name: "My Module", MySQL: one, SQLite: one}, "lower-case letters, digits and underscores"},
		{"one dialect only", schema.Module{Name: "m", MySQL: one}, "module m has no migrations for sqlite"},
		{"no version", schema.Module{Name: "m", SQLite: fstest.MapFS{"a.sql": one["00001_a.sql"]}}, "a.sql: the name must begin with a version number"},
		{"no mark", schema.Module{Name: "m", SQLite: fstest.MapFS{"1_a.sql": {Data: []byte("SELECT 1;")}}}, `1_a.sql: there is no line "-- +goose Up"`},
		{"nothing to do", schema.Module{Name: "m", SQLite: fstest.MapFS{"1_a.sql": {Data: []byte("-- +goose Up\n-- +goose Down\nDROP TABLE a")}}}, "there is no statement"},
		{"chunks", schema.Module{Name: "m", SQLite: fstest.MapFS{"1_a.sql": {Data: []byte("-- +goose Up\n-- +script chunks of 0\nSELECT 1")}}}, "chunks of 0"},
		{"version twice", schema.Module{Name: "m", SQLite: fstest.MapFS{"1_a.sql": one["00001_a.sql"], "01_b.sql": one["00001_a.sql"]}}, "have the same version"},
		{"bad statement", module("m", "CREATE NONSENSE"), "migration m/00001_m.sql:"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.ErrorContains(t, schema.Migrate(t.Context(), dbtest.Empty(t, sqldb.SQLite), tt.module), tt.want)
		})
	}
}

// On SQLite, where a file may hold several statements, it is applied as a whole or not at all.
func TestFailedStepLeavesNothingBehindOnSQLite(t *testing.T) {
	db := dbtest.Empty(t, sqldb.SQLite)
	require.Error(t, schema.Migrate(t.Context(), db, module("m", "CREATE TABLE a (id int); CREATE NONSENSE;")))
	require.NoError(t, schema.Migrate(t.Context(), db, module("m", "CREATE TABLE a (id int);")))
}

// Any program, in any language, pushes a job like this.
func TestPlainInsertWithTheOriginalColumns(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		execute(t, db, "INSERT INTO delay_queue_log (name, exec_cmd, params, status, result, exec_time, create_time, update_time)"+
			" VALUES ('n', 'hello', '{}', 1, '', 1900000000, "+db.Dialect.Now()+", NULL)")
		execute(t, db, "INSERT INTO delay_queue_log (exec_cmd, exec_time) VALUES ('hello', 1900000000)")
		execute(t, db, "INSERT INTO crontab_log (name, exec_cmd, params, `partition`) VALUES ('n', 'hello', '', 'script1')")
		var n int
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM delay_queue_log WHERE status = 1 AND exec_ms = 0 AND owner = ''"+
			" AND token = 0 AND attempts = 0 AND max_attempts = 0 AND rescues = 0 AND deaths = 0 AND due_at = 0"+
			" AND start_time = 0 AND end_time = 0 AND late_ms = 0").Scan(&n))
		require.Equal(t, 2, n)
	})
}
