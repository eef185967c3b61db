package delayqueue

import (
	"context"
	"fmt"
	"strings"

	"simplest_script/core"
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
func (s *SQLStore) noteErrors(ctx context.Context, owner string, os []Outcome) error {
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
func (s *SQLStore) noteDeaths(ctx context.Context, owner string, ids []uint64) error {
	query := ignoring(s.db.Dialect) + " INTO script_delay_attempt (job_id, token, attempt, outcome, owner, due, started_at, ended_at, error)" +
		" SELECT id, token, attempts + 1, 'died', owner, exec_time * 1000 + exec_ms, start_time, " + s.db.Dialect.NowMillis() + "," +
		" CASE WHEN start_time > 0 THEN 'the daemon died while running it' ELSE 'the daemon died; whether it had been started is not known' END" +
		" FROM delay_queue_log " + s.listed() + " WHERE id IN (" + sqldb.Placeholders(len(ids)) + ") AND status = 2 AND owner = ?"
	err := s.repeat(ctx, func() error {
		_, err := s.db.ExecContext(ctx, query, append(anys(ids), owner)...)
		return err
	})
	if err != nil {
		return fmt.Errorf("noting %d deaths: %w", len(ids), err)
	}
	return nil
}
