package schema_test

import (
	"database/sql"
	"os/exec"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

func plan(t *testing.T, db *sqldb.DB, modules ...schema.Module) *schema.Plan {
	t.Helper()
	p, err := schema.NewPlan(t.Context(), db, modules...)
	require.NoError(t, err)
	return p
}

func open(t *testing.T, cfg *conf.Config) *sqldb.DB {
	t.Helper()
	db, err := dbtest.Services(t, cfg).Own(t.Context())
	require.NoError(t, err)
	return db
}

func TestPlanChangesNothing(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, db *sqldb.DB) {
		before := pending(t, db)
		require.Len(t, plan(t, db).Steps, len(before))
		require.Equal(t, before, pending(t, db))
		require.NoError(t, schema.Migrate(t.Context(), db))
		require.Empty(t, plan(t, db).Steps)
		require.Empty(t, plan(t, db).SQL)
	})
}

// A person who may change tables runs the SQL; afterwards nothing is pending, and
// the tables are those that Migrate makes.
func TestSQLDoesWhatMigrateDoes(t *testing.T) {
	invoice := module("invoice", "CREATE TABLE IF NOT EXISTS invoice (id int NOT NULL);")
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		cfg := dbtest.Config(t, d)
		db := open(t, cfg)
		for _, statement := range originalTables[d] {
			execute(t, db, statement)
		}
		execute(t, db, "INSERT INTO delay_queue_log (exec_cmd, exec_time) VALUES ('hello', 1000)")

		runScript(t, cfg, db, plan(t, db, invoice).SQL)
		require.Empty(t, pending(t, db, invoice))
		require.NoError(t, schema.MigrateShowing(t.Context(), db, func(m schema.Migration) { t.Errorf("%s is run again", m) }, invoice))
		require.Equal(t, []int{5}, statuses(t, db))
		execute(t, db, "INSERT INTO invoice VALUES (1)")
		execute(t, db, "UPDATE delay_queue_log SET owner = 'me', late_ms = 1, due_at = 1 WHERE id = 1")
	})
}

// runScript runs a script as the command line client does: one statement after the
// other, on a connection that is not set up in any way.
func runScript(t *testing.T, cfg *conf.Config, db *sqldb.DB, script string) {
	t.Helper()
	if db.Dialect == sqldb.SQLite {
		execute(t, db, script)
		return
	}
	c, err := mysql.ParseDSN(cfg.Mysql[dbtest.Own].Reveal())
	require.NoError(t, err)
	c.MultiStatements = true
	server, err := sql.Open("mysql", c.FormatDSN())
	require.NoError(t, err)
	defer func() { require.NoError(t, server.Close()) }()
	_, err = server.ExecContext(t.Context(), script)
	require.NoError(t, err)
}

func TestSQLThroughTheClientItIsWrittenFor(t *testing.T) {
	client, err := exec.LookPath("mariadb")
	if err != nil {
		t.Skip("the client mariadb is not installed")
	}
	cfg := dbtest.Config(t, sqldb.MySQL)
	db := open(t, cfg)
	c, err := mysql.ParseDSN(cfg.Mysql[dbtest.Own].Reveal())
	require.NoError(t, err)
	host, port, _ := strings.Cut(c.Addr, ":")
	cmd := exec.CommandContext(t.Context(), client, "--no-defaults", "--host="+host, "--port="+port, "--user="+c.User, "--password="+c.Passwd, c.DBName)
	cmd.Stdin = strings.NewReader(plan(t, db).SQL)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, string(out))
	require.Empty(t, pending(t, db))
}

func TestSQLGoesOnWhereItBrokeOff(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		cfg := dbtest.Config(t, d)
		db := open(t, cfg)
		whole := plan(t, db).SQL
		first, _, found := strings.Cut(whole, "\n-- 00003")
		require.True(t, found)
		runScript(t, cfg, db, first)
		require.Equal(t, "00003_delay_queue_log_columns.sql", pending(t, db)[0])
		runScript(t, cfg, db, plan(t, db).SQL)
		require.Empty(t, pending(t, db))
	})
}

func TestCostsOfTablesWithRows(t *testing.T) {
	db := original(t, sqldb.MySQL)
	var version string
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT VERSION()").Scan(&version))
	costs := map[string]string{}
	for _, s := range plan(t, db).Steps {
		costs[s.File] = s.Cost
	}
	require.Empty(t, costs["00001_crontab_log.sql"])
	require.Equal(t, "changes only the description of delay_queue_log (about 6 rows): instant on this server, "+version,
		costs["00003_delay_queue_log_columns.sql"])
	require.Equal(t, "reads all of delay_queue_log (about 6 rows) to build an index; reads and writes go on meanwhile",
		costs["00004_delay_queue_log_claim.sql"])
	require.Equal(t, "changes rows of delay_queue_log (about 6 rows), 1000 at a time", costs["00009_hold_overdue.sql"])
	require.Contains(t, plan(t, db).SQL, "-- This changes only the description of delay_queue_log")

	execute(t, db, "ALTER TABLE delay_queue_log ADD FULLTEXT INDEX words (name)")
	require.Contains(t, plan(t, db).Steps[2].Cost, "rebuilds delay_queue_log (about 6 rows)")
}
