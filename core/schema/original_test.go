package schema_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// The tables of an original installation, as they were made in the days of MySQL
// 5.7: with a collation of their own here and there.
var originalTables = map[sqldb.Dialect][]string{
	sqldb.MySQL: {
		"CREATE TABLE crontab_log (id bigint unsigned NOT NULL AUTO_INCREMENT, pid int unsigned NOT NULL DEFAULT 0," +
			" name varchar(255) NOT NULL DEFAULT '', exec_cmd varchar(500) COLLATE utf8mb4_unicode_ci NOT NULL DEFAULT ''," +
			" params varchar(500) NOT NULL, result varchar(500) NOT NULL DEFAULT '', status varchar(20) NOT NULL DEFAULT ''," +
			" start_time bigint unsigned NOT NULL DEFAULT 0, end_time bigint unsigned NOT NULL DEFAULT 0," +
			" cost_time int unsigned NOT NULL DEFAULT 0, `partition` varchar(20) NOT NULL, uk varchar(100) NOT NULL DEFAULT ''," +
			" create_time timestamp NULL DEFAULT NULL, update_time timestamp NULL DEFAULT NULL," +
			" PRIMARY KEY (id), KEY idx_uk (uk, create_time)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
		"CREATE TABLE delay_queue_log (id bigint unsigned NOT NULL AUTO_INCREMENT, name varchar(255) NOT NULL DEFAULT ''," +
			" exec_cmd varchar(50) COLLATE utf8mb4_unicode_ci NOT NULL DEFAULT '', params varchar(500) NOT NULL DEFAULT ''," +
			" status tinyint unsigned NOT NULL DEFAULT 1, result varchar(500) NOT NULL DEFAULT ''," +
			" exec_time int unsigned NOT NULL DEFAULT 0, create_time timestamp NULL DEFAULT NULL, update_time timestamp NULL DEFAULT NULL," +
			" PRIMARY KEY (id), KEY idx_status (status, exec_time)) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4",
	},
	sqldb.SQLite: {
		"CREATE TABLE crontab_log (id INTEGER PRIMARY KEY AUTOINCREMENT, pid int NOT NULL DEFAULT 0, name varchar(255) NOT NULL DEFAULT ''," +
			" exec_cmd varchar(500) NOT NULL DEFAULT '', params varchar(500) NOT NULL, result varchar(500) NOT NULL DEFAULT ''," +
			" status varchar(20) NOT NULL DEFAULT '', start_time bigint NOT NULL DEFAULT 0, end_time bigint NOT NULL DEFAULT 0," +
			" cost_time int NOT NULL DEFAULT 0, `partition` varchar(20) NOT NULL, uk varchar(100) NOT NULL DEFAULT ''," +
			" create_time timestamp NULL, update_time timestamp NULL)",
		"CREATE TABLE delay_queue_log (id INTEGER PRIMARY KEY AUTOINCREMENT, name varchar(255) NOT NULL DEFAULT ''," +
			" exec_cmd varchar(50) NOT NULL DEFAULT '', params varchar(500) NOT NULL DEFAULT '', status tinyint NOT NULL DEFAULT 1," +
			" result varchar(500) NOT NULL DEFAULT '', exec_time int NOT NULL DEFAULT 0, create_time timestamp NULL, update_time timestamp NULL)",
	},
}

// The rows of an original installation: seconds from now, status.
var originalRows = []struct {
	id, due, status int
	name            string
}{
	{1, -90 * 86400, 1, "months old"},
	{2, -60, 1, "a minute old"},
	{3, 3600, 1, "in an hour"},
	{4, -86400, 2, "its process died"},
	{5, -86400, 3, "done"},
	{6, -86400, 4, "failed"},
}

// original returns a database as an original installation left it.
func original(t *testing.T, d sqldb.Dialect) *sqldb.DB {
	t.Helper()
	db := dbtest.Empty(t, d)
	for _, statement := range originalTables[d] {
		execute(t, db, statement)
	}
	for _, r := range originalRows {
		execute(t, db, "INSERT INTO delay_queue_log (id, name, exec_cmd, params, status, exec_time, create_time, update_time)"+
			" VALUES (?, ?, 'hello', '{}', ?, "+d.NowSeconds()+" + ?, "+d.Now()+", NULL)", r.id, r.name, r.status, r.due)
	}
	return db
}

func execute(t *testing.T, db *sqldb.DB, statement string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err, statement)
}

// statuses returns the status of each job, by id.
func statuses(t *testing.T, db *sqldb.DB) []int {
	t.Helper()
	all, err := sqldb.Column[int](db.QueryContext(t.Context(), "SELECT status FROM delay_queue_log ORDER BY id"))
	require.NoError(t, err)
	return all
}
