package crontab

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"simplest_script/core/tool/sqldb"
)

// Ledger keeps marks and runs in the tables script_cron_mark and script_cron_run,
// and the runs of entries with is_log also in crontab_log, on MySQL, MariaDB and
// SQLite. Its methods may be called concurrently. Each that changes something may
// be repeated with the same arguments after an error whose outcome is unknown.
type Ledger struct{ db *sqldb.DB }

// NewLedger returns the ledger in db, whose tables must be there.
func NewLedger(db *sqldb.DB) *Ledger { return &Ledger{db: db} }

// Opener returns the ledger, and waits until it can be used.
type Opener func(ctx context.Context) (*Ledger, error)

// Now returns the database's clock, to the millisecond.
func (l *Ledger) Now(ctx context.Context) (time.Time, error) {
	var millis int64
	if err := l.db.QueryRowContext(ctx, "SELECT "+l.db.Dialect.NowMillis()).Scan(&millis); err != nil {
		return time.Time{}, fmt.Errorf("reading the database's clock: %w", err)
	}
	return time.UnixMilli(millis), nil
}

// runColumns are the columns that scanRun reads.
const runColumns = "id, `partition`, entry, tick, hand, tick_end, state, token, reason, exec_cmd, name, params, is_log, timeout_ms," +
	" host, boot, pid_ns, owner_pid, owner_start, pid, pid_start, seq, stop, percent, progress," +
	" claimed_at, beat_at, started_at, ended_at, cost_ms, peak_kb, result, log_id"

func scanRun(rows *sql.Rows) (r Run, err error) {
	var tick, tickEnd, timeout, claimed, beat, started, ended, cost int64
	err = rows.Scan(&r.ID, &r.Partition, &r.Entry, &tick, &r.Hand, &tickEnd, &r.State, &r.Token, &r.Reason, &r.ExecCmd, &r.Name, &r.Params, &r.IsLog, &timeout,
		&r.Host, &r.Boot, &r.PIDNS, &r.Owner.PID, &r.Owner.Start, &r.Process.PID, &r.Process.Start, &r.Seq, &r.Stop, &r.Percent, &r.Progress,
		&claimed, &beat, &started, &ended, &cost, &r.PeakKB, &r.Result, &r.LogID)
	r.Tick = time.Unix(tick, 0)
	if tickEnd != 0 {
		r.TickEnd = time.Unix(tickEnd, 0)
	}
	r.Timeout, r.Cost = time.Duration(timeout)*time.Millisecond, time.Duration(cost)*time.Millisecond
	r.ClaimedAt, r.BeatAt, r.StartedAt, r.EndedAt = fromMillis(claimed), fromMillis(beat), fromMillis(started), fromMillis(ended)
	return r, err
}

func fromMillis(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return time.UnixMilli(millis)
}

// queryer is what a pool and a transaction have in common.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func selectRuns(ctx context.Context, q queryer, condition string, args ...any) ([]Run, error) {
	return sqldb.Collect(scanRun)(q.QueryContext(ctx, "SELECT "+runColumns+" FROM script_cron_run WHERE "+condition, args...))
}

// ErrNoRun says that there is no such row.
var ErrNoRun = errors.New("there is no such run")

func selectRun(ctx context.Context, q queryer, id uint64) (Run, error) {
	runs, err := selectRuns(ctx, q, "id = ?", id)
	switch {
	case err != nil:
		return Run{}, fmt.Errorf("reading run %d: %w", id, err)
	case len(runs) == 0:
		return Run{}, fmt.Errorf("run %d: %w", id, ErrNoRun)
	}
	return runs[0], nil
}

// Run returns a run, or an error that wraps ErrNoRun.
func (l *Ledger) Run(ctx context.Context, id uint64) (Run, error) { return selectRun(ctx, l.db, id) }

// Unfinished returns the runs of a partition that have not come to their end.
func (l *Ledger) Unfinished(ctx context.Context, partition string) ([]Run, error) {
	runs, err := selectRuns(ctx, l.db, "`partition` = ? AND state IN ('starting', 'running') ORDER BY id", partition)
	if err != nil {
		return nil, fmt.Errorf("listing the cron runs that go on: %w", err)
	}
	return runs, nil
}

// Latest returns the newest run of each entry that has one. A run that a person
// started counts too.
func (l *Ledger) Latest(ctx context.Context, partition string) (map[string]Run, error) {
	runs, err := selectRuns(ctx, l.db, "id IN (SELECT MAX(id) FROM script_cron_run WHERE `partition` = ? GROUP BY entry)", partition)
	if err != nil {
		return nil, fmt.Errorf("reading the newest run of each cron entry: %w", err)
	}
	latest := make(map[string]Run, len(runs))
	for _, r := range runs {
		latest[r.Entry] = r
	}
	return latest, nil
}

// At returns what became of a tick: the row of its own, or the one that speaks for
// it. The error wraps ErrNoRun where nothing is known.
func (l *Ledger) At(ctx context.Context, partition, entry string, tick time.Time) (Run, error) {
	runs, err := selectRuns(ctx, l.db, "`partition` = ? AND entry = ? AND hand = 0 AND tick <= ? ORDER BY tick DESC LIMIT 1", partition, entry, tick.Unix())
	switch {
	case err != nil:
		return Run{}, fmt.Errorf("looking up a tick: %w", err)
	case len(runs) == 1 && (runs[0].Tick.Equal(tick) || !runs[0].TickEnd.Before(tick)):
		return runs[0], nil
	}
	return Run{}, fmt.Errorf("tick %s of %s: %w", tick.Format(time.RFC3339), entry, ErrNoRun)
}
