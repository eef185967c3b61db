//go:build unix

package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/rig"
)

// In a rolling release the tables are those of the newer program while daemons of the
// older one run, and are started again.
func TestOlderDaemonRunsOnANewerSchema(t *testing.T) {
	t.Parallel()
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		running := w.Daemon()
		ids := w.Push(rig.Jobs(10, rig.Work, "1")...)
		nextRelease(t, w.DB)
		started := w.Daemon()
		w.Push(rig.Jobs(10, rig.Work, "1")...)
		w.Push(rig.Jobs(5, rig.Flaky, "1")...)
		w.Push(rig.Jobs(5, rig.Chain, "3")...)
		awaitEnd(w)
		stop(t, running, started)
		r := w.Audit()
		require.Zero(t, r.Failed)
		require.GreaterOrEqual(t, r.Done, 30)

		archived, err := sqlstore.New(w.DB).Retire(t.Context(), core.DelayDone, time.Now().Add(time.Hour).Unix(), true, 1000)
		require.NoError(t, err)
		require.Equal(t, r.Done, archived)
		require.Equal(t, 1, w.Count("script_delay_archive WHERE id = ?", ids[0]))
	})
}

// nextRelease adds to every table what a step of a release to come may add.
func nextRelease(t *testing.T, db *sqldb.DB) {
	tables, where := "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE '%_version'", ""
	if db.Dialect == sqldb.MySQL {
		tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = DATABASE() AND table_type = 'BASE TABLE' AND table_name NOT LIKE '%_version'"
		where = " FIRST" // no statement may rest on the order of columns
	}
	names, err := sqldb.Column[string](db.QueryContext(t.Context(), tables))
	require.NoError(t, err)
	require.Subset(t, names, []string{"delay_queue_log", "crontab_log", "script_daemon", "script_delay_archive"})
	for i, name := range names {
		for _, statement := range []string{
			"ALTER TABLE " + name + " ADD COLUMN of_the_next_release int NOT NULL DEFAULT 0" + where,
			fmt.Sprintf("CREATE INDEX next_release_%d ON %s (of_the_next_release)", i, name),
		} {
			_, err := db.ExecContext(t.Context(), statement)
			require.NoError(t, err, statement)
		}
	}
	for _, statement := range []string{
		"CREATE TABLE script_of_the_next_release (id int NOT NULL)",
		"INSERT INTO script_schema_version (version_id, is_applied) VALUES (9999, 1)",
	} {
		_, err := db.ExecContext(t.Context(), statement)
		require.NoError(t, err, statement)
	}
}

// A daemon of the newer program that is started before the tables are changed says
// what is missing and who can help, and does nothing by halves.
func TestNewerDaemonRefusesAnOlderSchema(t *testing.T) {
	t.Parallel()
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		_, err := w.DB.ExecContext(t.Context(), "DELETE FROM script_schema_version WHERE version_id = 2") // a step that may be repeated
		require.NoError(t, err)
		w.Push(rig.Jobs(3, rig.Work, "1")...)
		early := w.Start()
		require.Equal(t, 1, early.Wait())
		require.Contains(t, early.Output(), "the database lacks 1 migration (00002_delay_queue_log.sql): run 'simplest_script migrate'")
		require.Equal(t, 3, w.InStatus(core.DelayWaiting))
		require.Zero(t, w.Count("script_daemon"), "it has announced no kinds")

		require.NoError(t, schema.Migrate(t.Context(), w.DB))
		daemon := w.Daemon()
		awaitEnd(w)
		stop(t, daemon)
		require.Equal(t, 3, w.Audit().Done)
	})
}
