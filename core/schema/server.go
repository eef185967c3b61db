package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"simplest_script/core/tool/sqldb"
)

// CheckServer returns an error, with what to do about it, where the server is set
// up so that the machine's promises could not be kept. It only reads, and needs
// no table to be there. db must be one of the daemon's own pools.
func CheckServer(ctx context.Context, db *sqldb.DB) error {
	if db.Dialect == sqldb.SQLite {
		return nil
	}
	for _, check := range []func(context.Context, *sqldb.DB) error{checkLog, checkZone, checkEngines} {
		if err := check(ctx, db); err != nil {
			return err
		}
	}
	return nil
}

// checkLog: the machine's transactions are READ COMMITTED. With a binary log of
// statements the server refuses to write in them (error 1665).
func checkLog(ctx context.Context, db *sqldb.DB) error {
	type variable struct{ name, value string }
	rows, err := sqldb.Collect(func(rows *sql.Rows) (v variable, err error) {
		err = rows.Scan(&v.name, &v.value)
		return v, err
	})(db.QueryContext(ctx, "SHOW VARIABLES WHERE Variable_name IN ('log_bin', 'binlog_format')"))
	if err != nil {
		return fmt.Errorf("reading how the server logs: %w", err)
	}
	values := map[string]string{}
	for _, v := range rows {
		values[strings.ToLower(v.name)] = v.value
	}
	return takesReadCommitted(values["log_bin"], values["binlog_format"])
}

func takesReadCommitted(log, format string) error {
	if log == "ON" && format == "STATEMENT" {
		return errors.New("the server has binlog_format=STATEMENT, with which it refuses writes in READ COMMITTED (error 1665):" +
			" set binlog_format=ROW or MIXED in its configuration, and SET GLOBAL binlog_format=ROW until it restarts")
	}
	return nil
}

// checkZone: a session that is not in UTC would tell a clock that jumps with
// daylight saving. Ours are; a proxy in between may forget that.
func checkZone(ctx context.Context, db *sqldb.DB) error {
	var zone string
	if err := db.QueryRowContext(ctx, "SELECT @@session.time_zone").Scan(&zone); err != nil {
		return fmt.Errorf("reading the session's time zone: %w", err)
	}
	if zone != "+00:00" {
		return fmt.Errorf("the session is in the time zone %s, though it was set to +00:00:"+
			" connect without the proxy in between, or let it keep the settings of a session", zone)
	}
	return nil
}

// checkEngines: other engines than InnoDB lack transactions.
func checkEngines(ctx context.Context, db *sqldb.DB) error {
	rows, err := sqldb.Column[string](db.QueryContext(ctx, "SELECT CONCAT('ALTER TABLE ', TABLE_NAME, ' ENGINE=InnoDB;')"+
		" FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND ENGINE <> 'InnoDB'"+
		` AND (TABLE_NAME IN ('crontab_log', 'delay_queue_log') OR TABLE_NAME LIKE 'script\_%')`))
	if err != nil {
		return fmt.Errorf("reading the engines of the tables: %w", err)
	}
	if len(rows) > 0 {
		return fmt.Errorf("tables are kept by an engine without transactions; run: %s", strings.Join(rows, " "))
	}
	return nil
}
