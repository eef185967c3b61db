package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// ignoring begins an INSERT that leaves rows alone which are there already.
func ignoring(d sqldb.Dialect) string {
	if d == sqldb.SQLite {
		return "INSERT OR IGNORE"
	}
	return "INSERT IGNORE"
}

// noteErrors keeps the attempts of a group that ended with an error. A job's row
// has room for the newest only. They are noted before the rows are changed: what is
// noted has happened, also where the job turns out to be another daemon's by now.
// Of attempts that succeed nothing is noted, the row itself tells of them.
func (s *Store) noteErrors(ctx context.Context, owner string, os []delayqueue.Outcome) error {
	var args []any
	for _, o := range os {
		if o.Status == core.DelayWaiting || o.Status == core.DelayFailed {
			args = append(args, o.ID, o.Token, o.Attempts, owner, max(o.Started-o.Late.Milliseconds(), 0), o.Started, o.Ended, o.Result)
		}
	}
	if len(args) == 0 {
		return nil
	}
	const row = "(?,?,?,'error',?,?,?,?,?)"
	query := ignoring(s.db.Dialect) + " INTO script_delay_attempt (job_id, token, attempt, outcome, owner, due, started_at, ended_at, error) VALUES " +
		row + strings.Repeat(","+row, len(args)/8-1)
	err := s.repeat(ctx, func() error {
		_, err := s.db.ExecContext(ctx, query, args...)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting %d attempts: %w", len(args)/8, err)
	}
	return nil
}

// noteDeaths keeps the attempts of jobs whose daemon died, as the rows tell of them
// before they are freed.
func (s *Store) noteDeaths(ctx context.Context, owner string, ids []uint64) error {
	query := ignoring(s.db.Dialect) + " INTO script_delay_attempt (job_id, token, attempt, outcome, owner, due, started_at, ended_at, error)" +
		" SELECT id, token, attempts + 1, 'died', owner, exec_time * 1000 + exec_ms, start_time, " + s.db.Dialect.NowMillis() + "," +
		" CASE WHEN start_time > 0 THEN 'the daemon died while running it' ELSE 'the daemon died; whether it had been started is not known' END" +
		" FROM delay_queue_log " + s.listed() + " WHERE id " + among(ids) + " AND status = 2 AND owner = ?"
	err := s.repeat(ctx, func() error {
		_, err := s.db.ExecContext(ctx, query, owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting %d deaths: %w", len(ids), err)
	}
	return nil
}

// Deaths implements Store.
func (s *Store) Deaths(ctx context.Context, host string, limit int) ([]delayqueue.Death, error) {
	deaths, err := sqldb.Collect(func(rows *sql.Rows) (d delayqueue.Death, err error) {
		err = rows.Scan(&d.ID, &d.Token, &d.Owner, &d.PID, &d.Began)
		return d, err
	})(s.db.QueryContext(ctx, "SELECT a.job_id, a.token, a.owner, d.pid, d.started_at FROM script_daemon d JOIN script_delay_attempt a "+byOutcomeIndex(s.db.Dialect)+" ON a.owner = d.id"+
		" WHERE d.dead <> 0 AND d.host = ? AND a.outcome = 'died' AND a.log IS NULL ORDER BY a.ended_at DESC LIMIT ?", host, limit))
	if err != nil {
		return nil, fmt.Errorf("looking for jobs whose daemon died here: %w", err)
	}
	return deaths, nil
}

// byOutcomeIndex keeps MySQL from reading a small table from its begin to its end.
func byOutcomeIndex(d sqldb.Dialect) string {
	if d == sqldb.SQLite {
		return ""
	}
	return d.UseIndex("died")
}

// Explain implements Store.
func (s *Store) Explain(ctx context.Context, attempt delayqueue.Held, text string) error {
	_, err := s.db.ExecContext(ctx, "UPDATE script_delay_attempt SET log = ? WHERE job_id = ? AND token = ?", text, attempt.ID, attempt.Token)
	if err != nil {
		return fmt.Errorf("noting what is left of an attempt at job %d: %w", attempt.ID, err)
	}
	return nil
}
