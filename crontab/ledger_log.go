package crontab

import (
	"context"
	"database/sql"
	"math"
	"strings"

	"simplest_script/core/tool/sqldb"
)

// log brings the row of crontab_log up to the state of r. What was never begun has
// no row, unless it failed.
func (l *Ledger) log(ctx context.Context, tx *sql.Tx, r *Run) error {
	if !r.IsLog || r.LogID == 0 && r.State != Failed {
		return nil
	}
	if r.LogID == 0 {
		if err := l.insertLog(ctx, tx, r); err != nil {
			return err
		}
	}
	result := r.Result
	if r.State != Success {
		result = r.Reason
	}
	_, err := execLog(ctx, tx, "UPDATE crontab_log SET status = ?, result = ?, end_time = ?, cost_time = ?, update_time = "+l.db.Dialect.Now()+" WHERE id = ?",
		r.State, result, r.EndedAt.UnixMilli(), min(r.Cost.Milliseconds(), math.MaxUint32), r.LogID)
	return err
}

func (l *Ledger) insertLog(ctx context.Context, tx *sql.Tx, r *Run) error {
	start := r.StartedAt
	if start.IsZero() {
		start = r.ClaimedAt
	}
	res, err := execLog(ctx, tx, "INSERT INTO crontab_log (pid, name, exec_cmd, params, status, start_time, `partition`, uk, create_time, update_time)"+
		" VALUES (?, ?, ?, ?, ?, ?, ?, ?, "+l.db.Dialect.Now()+", "+l.db.Dialect.Now()+")",
		r.Process.PID, r.Name, r.ExecCmd, r.Params, r.State, start.UnixMilli(), r.Partition, r.Entry)
	if err != nil {
		return err
	}
	id, err := res.LastInsertId()
	if err != nil {
		return err
	}
	r.LogID = uint64(id)
	_, err = tx.ExecContext(ctx, "UPDATE script_cron_run SET log_id = ? WHERE id = ?", r.LogID, r.ID)
	return err
}

// execLog writes into crontab_log. The table of an old installation may be of a
// character set that lacks some characters; those become question marks, since a
// run must not fail for how its outcome is worded.
func execLog(ctx context.Context, tx *sql.Tx, query string, args ...any) (sql.Result, error) {
	res, err := tx.ExecContext(ctx, query, args...)
	if !sqldb.BadValue(err) {
		return res, err
	}
	for i, arg := range args {
		if text, is := arg.(string); is {
			args[i] = strings.Map(common, text)
		}
	}
	return tx.ExecContext(ctx, query, args...)
}

// lastCommon is the last character that sets of three bytes, such as MySQL's utf8, have.
const lastCommon = 0xFFFF

// common keeps the characters that old character sets have.
func common(r rune) rune {
	if r > lastCommon {
		return '?'
	}
	return r
}
