package inspect

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
)

// Attempt is an attempt at a job that did not succeed.
type Attempt struct {
	Number  int
	Died    bool   // its daemon did; otherwise the handler returned an error
	Owner   string // the incarnation of the daemon
	Host    string // of the daemon, and PID; empty and 0 where its row is gone
	PID     int
	Due     int64 // Unix milliseconds, like the others
	Started int64 // 0: not known to have been started
	Ended   int64
	Error   string
	Log     string // the last lines that the handler logged, of one that died
}

// attemptsMost is how many attempts History returns.
const attemptsMost = 100

// History returns the newest attempts at a job that did not succeed, the oldest
// of them first. Of one that succeeded the job itself tells.
func (i *Inspector) History(ctx context.Context, job uint64) ([]Attempt, error) {
	attempts, err := sqldb.Collect(func(rows *sql.Rows) (a Attempt, err error) {
		var outcome string
		err = rows.Scan(&a.Number, &outcome, &a.Owner, &a.Host, &a.PID, &a.Due, &a.Started, &a.Ended, &a.Error, &a.Log)
		a.Died = outcome == "died"
		return a, err
	})(i.db.QueryContext(ctx, "SELECT * FROM (SELECT a.attempt, a.outcome, a.owner, COALESCE(d.host, ''), COALESCE(d.pid, 0), a.due, a.started_at, a.ended_at ended, a.error, COALESCE(a.log, '')"+
		" FROM script_delay_attempt a LEFT JOIN script_daemon d ON d.id = a.owner WHERE a.job_id = ? ORDER BY a.ended_at DESC LIMIT ?) newest ORDER BY ended", job, attemptsMost))
	if err != nil {
		return nil, fmt.Errorf("reading the attempts at job %d: %w", job, err)
	}
	return attempts, nil
}

// Progress is how far a job says it is.
type Progress struct {
	Percent int
	Text    string
	At      int64 // Unix milliseconds
}

// Progress returns how far a job last said it was, or false where it did not say.
func (i *Inspector) Progress(ctx context.Context, job uint64) (p Progress, said bool, err error) {
	found, err := sqldb.Collect(func(rows *sql.Rows) (p Progress, err error) {
		err = rows.Scan(&p.Percent, &p.Text, &p.At)
		return p, err
	})(i.db.QueryContext(ctx, "SELECT percent, text, updated_at FROM script_delay_progress WHERE job_id = ?", job))
	if err != nil {
		return p, false, fmt.Errorf("reading how far job %d is: %w", job, err)
	}
	if len(found) == 0 {
		return p, false, nil
	}
	return found[0], true, nil
}

// Standing is what keeps a job that waits from running.
type Standing struct {
	Now      int64 // Unix milliseconds of the database
	Paused   *delayqueue.Paused
	Before   int                 // jobs of its kind that are due before it; CountMost means that many or more
	Running  int                 // jobs of its kind that run; likewise
	Asked    *delayqueue.Request // what a person asked of it and has not been done
	KeptFrom time.Duration       // how far it is overdue
}

// Standing tells why a job does not run.
func (i *Inspector) Standing(ctx context.Context, j Job) (s Standing, err error) {
	store := sqlstore.New(i.db)
	micros, err := store.Now(ctx)
	if err != nil {
		return s, err
	}
	s.Now = micros / 1000
	s.KeptFrom = time.Duration(max(s.Now-j.Due, 0)) * time.Millisecond
	if s.Paused, err = i.pauseOf(ctx, j.ExecCmd); err != nil {
		return s, err
	}
	requests, err := store.Requests(ctx, j.ID-1, 1)
	if err != nil {
		return s, err
	}
	if len(requests) == 1 && requests[0].ID == j.ID {
		s.Asked = &requests[0]
	}
	from := "delay_queue_log " + i.db.Dialect.UseIndex(sqlstore.ClaimIndex) + " WHERE exec_cmd = ? AND "
	if s.Before, err = i.count(ctx, from+"status = 1 AND exec_time <= ? AND exec_time * 1000 + exec_ms < ?", []any{j.ExecCmd, j.Due / 1000, j.Due}, CountMost); err == nil {
		s.Running, err = i.count(ctx, from+"status = 2", []any{j.ExecCmd}, CountMost)
	}
	if err != nil {
		return s, fmt.Errorf("counting jobs of %s: %w", j.ExecCmd, err)
	}
	return s, nil
}

func (i *Inspector) pauseOf(ctx context.Context, kind string) (*delayqueue.Paused, error) {
	found, err := sqldb.Collect(func(rows *sql.Rows) (p delayqueue.Paused, err error) {
		err = rows.Scan(&p.Kind, &p.Reason, &p.Since)
		return p, err
	})(i.db.QueryContext(ctx, "SELECT exec_cmd, reason, created_at FROM script_delay_pause WHERE exec_cmd = ?", kind))
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return &found[0], nil
}
