// Package inspect reads what the delay queue keeps, for people: listings, one job with
// its history, statistics. It changes nothing, and no query of its is longer than a
// screen is.
package inspect

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"simplest_script/core"
	"simplest_script/core/tool/sqldb"
)

// Inspector reads jobs and daemons for people. It changes nothing, and however
// large the table is, every question reads a bounded part of it: it walks along
// an index, in the index's order, and stops at a number of rows. Of the order of
// the answers nothing is promised that an index does not have.
type Inspector struct {
	db *sqldb.DB
}

// New returns an Inspector of db, whose tables must be there.
func New(db *sqldb.DB) *Inspector { return &Inspector{db: db} }

// Job is a row of delay_queue_log. Times are Unix milliseconds by the database's
// clock, and 0 where there is none.
type Job struct {
	ID          uint64
	Name        string
	ExecCmd     string
	Params      string
	Status      core.DelayStatus
	Result      string        // the outcome of the newest attempt, at most 500 characters
	Due         int64         // of the newest attempt, or of the next one
	FirstDue    int64         // of the first attempt
	Owner       string        // the incarnation of the daemon that has or had it
	Attempts    int           // finished ones
	MaxAttempts int           // this and the next two 0: as the handler is registered
	Timeout     time.Duration // of one attempt
	MaxLate     time.Duration // skipped when it cannot start within this of its time
	UniqueKey   string        // empty: it has none
	UniqueFor   time.Duration // how long after its end the key stays taken; 0 of an archived job, of which nobody asks
	Rescues     int           // taken over from dead daemons
	Deaths      int           // daemons that died while it ran
	Started     int64         // of the newest attempt
	Ended       int64
	Late        time.Duration // start of the newest finished attempt against its due time
	Created     int64
	Updated     int64
}

// Detail is all there is to know about one job.
type Detail struct {
	Job
	Whole  string  // the whole result where Result is only its beginning
	Daemon *Daemon // of Owner; nil where there is none, or its row was deleted
}

// Show returns the job with that id, or false where there is none.
func (i *Inspector) Show(ctx context.Context, id uint64) (*Detail, bool, error) {
	jobs, err := i.read(ctx, queued, queued+" WHERE id = ?", id)
	if err != nil || len(jobs) == 0 {
		return nil, false, err
	}
	d := &Detail{Job: jobs[0]}
	whole, err := sqldb.Column[string](i.db.QueryContext(ctx, "SELECT result FROM script_delay_result WHERE job_id = ?", id))
	if err != nil {
		return nil, false, fmt.Errorf("reading the whole result of job %d: %w", id, err)
	}
	d.Whole = strings.Join(whole, "")
	if d.Owner != "" {
		d.Daemon, err = i.daemon(ctx, d.Owner)
	}
	return d, true, err
}

// read returns the jobs of the table that what follows FROM in a statement finds.
func (i *Inspector) read(ctx context.Context, table, from string, args ...any) ([]Job, error) {
	uniqueFor := "unique_for"
	if table == archive { // which does not keep it: the key of a job there is free
		uniqueFor = "0"
	}
	query := "SELECT id, name, exec_cmd, params, status, result, exec_time, exec_ms, due_at, owner, attempts, max_attempts," +
		" timeout_ms, max_late_ms, unique_key, " + uniqueFor +
		", rescues, deaths, start_time, end_time, late_ms, " + i.seconds("create_time") + ", " + i.seconds("update_time") + " FROM " + from
	jobs, err := sqldb.Collect(scanJob)(i.db.QueryContext(ctx, query, args...))
	if err != nil {
		return nil, fmt.Errorf("reading jobs: %w", err)
	}
	return jobs, nil
}

// seconds is the expression for a timestamp column as Unix seconds.
func (i *Inspector) seconds(column string) string {
	if i.db.Dialect == sqldb.SQLite {
		return "COALESCE(unixepoch(" + column + "), 0)"
	}
	return "COALESCE(UNIX_TIMESTAMP(" + column + "), 0)"
}

func scanJob(rows *sql.Rows) (j Job, err error) {
	var seconds, millis, timeout, maxLate, uniqueFor, late, created, updated int64
	err = rows.Scan(&j.ID, &j.Name, &j.ExecCmd, &j.Params, &j.Status, &j.Result, &seconds, &millis, &j.FirstDue, &j.Owner,
		&j.Attempts, &j.MaxAttempts, &timeout, &maxLate, &j.UniqueKey, &uniqueFor, &j.Rescues, &j.Deaths, &j.Started, &j.Ended, &late, &created, &updated)
	j.Due = seconds*1000 + millis
	if j.FirstDue == 0 {
		j.FirstDue = j.Due
	}
	j.Timeout, j.MaxLate = time.Duration(timeout)*time.Millisecond, time.Duration(maxLate)*time.Millisecond
	j.UniqueFor = time.Duration(uniqueFor) * time.Second
	j.Late = time.Duration(late) * time.Millisecond
	j.Created, j.Updated = created*1000, updated*1000
	return j, err
}
