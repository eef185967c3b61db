package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
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
		if o.Started > 0 && (o.Status == core.DelayWaiting || o.Status == core.DelayFailed) {
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

// Deaths implements Store. Of a job that was marked as started it is certain that it
// ran, so it may be the one that killed the daemon.
func (s *Store) Deaths(ctx context.Context, host string, except []string, limit int) ([]delayqueue.Death, error) {
	query := "SELECT a.job_id, a.token, a.owner, d.pid, a.ended_at < " + s.db.Dialect.NowMillis() + " - ?" +
		" FROM script_daemon d JOIN script_delay_attempt a " + byOutcomeIndex(s.db.Dialect) + " ON a.owner = d.id" +
		" WHERE d.dead <> 0 AND d.host = ? AND a.outcome = 'died' AND a.log IS NULL"
	args := []any{delayqueue.RemainsOpen.Milliseconds(), host}
	if len(except) > 0 {
		query += " AND d.id NOT IN (" + sqldb.Placeholders(len(except)) + ")"
	}
	for _, owner := range except {
		args = append(args, owner)
	}
	deaths, err := sqldb.Collect(func(rows *sql.Rows) (d delayqueue.Death, err error) {
		err = rows.Scan(&d.ID, &d.Token, &d.Owner, &d.PID, &d.Old)
		return d, err
	})(s.db.QueryContext(ctx, query+" ORDER BY a.started_at DESC, a.ended_at DESC, a.job_id LIMIT ?", append(args, limit)...))
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

// Explain implements Store. The server is to find the rows by their key, in its order:
// along the index of owners it would come to thousands of others, and two daemons that
// explain the same deaths would lock them in two orders. Where a job died with one
// owner twice, the same is known of both.
func (s *Store) Explain(ctx context.Context, owner string, jobs []uint64, text string) error {
	if len(jobs) == 0 {
		return nil
	}
	key := "PRIMARY"
	if s.db.Dialect == sqldb.SQLite {
		key = "sqlite_autoindex_script_delay_attempt_1" // its own name for the primary key
	}
	query := "UPDATE script_delay_attempt " + s.db.Dialect.UseIndex(key) + " SET log = ? WHERE job_id " + among(slices.Sorted(slices.Values(jobs))) +
		" AND owner = ? AND outcome = 'died' AND log IS NULL"
	err := s.repeat(ctx, func() error {
		_, err := s.db.ExecContext(ctx, query, text, owner)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting what is left of %d attempts: %w", len(jobs), err)
	}
	return nil
}
