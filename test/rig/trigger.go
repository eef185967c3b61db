//go:build unix

package rig

import (
	"context"
	"database/sql"
	"fmt"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig/audit"
)

// The trigger writes a row for each change of a status into this table. It belongs
// to the transaction of the change, and cannot miss one.
const statusTable = `CREATE TABLE rig_status (
  seq %s, at bigint NOT NULL, job bigint NOT NULL, from_status int NOT NULL, to_status int NOT NULL,
  owner varchar(32) NOT NULL, token bigint NOT NULL, due bigint NOT NULL, attempts int NOT NULL,
  more_attempts int NOT NULL, more_rescues int NOT NULL, more_deaths int NOT NULL)`

// A change out of status 2 is written down with the claim that it ends, any other
// with the one that it begins.
const statusInsert = `INSERT INTO rig_status
  (at, job, from_status, to_status, owner, token, due, attempts, more_attempts, more_rescues, more_deaths)
  VALUES (%[3]s, OLD.id, OLD.status, NEW.status,
    CASE WHEN OLD.status = 2 THEN OLD.owner ELSE NEW.owner END, CASE WHEN OLD.status = 2 THEN OLD.token ELSE NEW.token END,
    NEW.exec_time * 1000 + NEW.exec_ms, NEW.attempts,
    %[1]sNEW.attempts%[2]s - %[1]sOLD.attempts%[2]s, %[1]sNEW.rescues%[2]s - %[1]sOLD.rescues%[2]s, %[1]sNEW.deaths%[2]s - %[1]sOLD.deaths%[2]s)`

// watchStatus sets up the trigger.
func watchStatus(ctx context.Context, db *sqldb.DB) error {
	statements := []string{
		fmt.Sprintf(statusTable, "bigint AUTO_INCREMENT PRIMARY KEY"),
		"CREATE TRIGGER rig_status AFTER UPDATE ON delay_queue_log FOR EACH ROW BEGIN IF OLD.status <> NEW.status THEN " +
			fmt.Sprintf(statusInsert, "CAST(", " AS SIGNED)", db.Dialect.NowMillis()) + "; END IF; END",
	}
	if db.Dialect == sqldb.SQLite {
		statements = []string{
			fmt.Sprintf(statusTable, "INTEGER PRIMARY KEY AUTOINCREMENT"),
			"CREATE TRIGGER rig_status AFTER UPDATE ON delay_queue_log WHEN OLD.status <> NEW.status BEGIN " +
				fmt.Sprintf(statusInsert, "", "", db.Dialect.NowMillis()) + "; END",
		}
	}
	for _, s := range statements {
		if _, err := db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("setting up the trigger on status: %w", err)
		}
	}
	return nil
}

func changes(ctx context.Context, db *sqldb.DB) ([]audit.Change, error) {
	return sqldb.Collect(func(rows *sql.Rows) (c audit.Change, err error) {
		err = rows.Scan(&c.At, &c.Job, &c.From, &c.To, &c.Owner, &c.Token, &c.Due, &c.Attempts, &c.MoreAttempts, &c.MoreRescues, &c.MoreDeaths)
		return c, err
	})(db.QueryContext(ctx, "SELECT at, job, from_status, to_status, owner, token, due, attempts, more_attempts, more_rescues, more_deaths FROM rig_status ORDER BY seq"))
}
