package crontab

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"simplest_script/core/tool/sqldb"
	"simplest_script/core/tool/text"
)

// ErrNotPermitted says that a run is not, or no longer, the caller's to do.
var ErrNotPermitted = errors.New("this start is not permitted any more: the tick was given to another start, or declared missed")

// Begin is the first act of a run: it makes running of starting, if the row still
// has the token, and notes which process the run is. Where it returns an error
// that wraps ErrNotPermitted the process must end without doing anything.
func (l *Ledger) Begin(ctx context.Context, id, token uint64, place Place, self Process) (r Run, err error) {
	now := l.db.Dialect.NowMillis()
	err = l.change(ctx, fmt.Sprintf("beginning run %d", id), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE script_cron_run SET state = 'running', host = ?, boot = ?, pid_ns = ?, pid = ?, pid_start = ?, seq = seq + 1,"+
			" beat_at = "+now+", started_at = "+now+" WHERE id = ? AND token = ? AND state = 'starting'",
			text.Cut(place.Host, 255), place.Boot, place.PIDNS, self.PID, self.Start, id, token)
		if err != nil {
			return err
		}
		if r, err = selectRun(ctx, tx, id); err != nil {
			return err
		}
		// It may be running already, by an earlier try of this call.
		if r.State != Running || r.Token != token || r.Process != self || r.Boot != place.Boot || r.PIDNS != place.PIDNS {
			return ErrNotPermitted
		}
		if r.IsLog && r.LogID == 0 {
			return l.insertLog(ctx, tx, &r)
		}
		return nil
	})
	return r, err
}

// Beat says that a run lives, and how far it is. It tells whether a person asks
// the run to end.
func (l *Ledger) Beat(ctx context.Context, id, token uint64, percent int, said string) (stop bool, err error) {
	_, err = l.db.ExecContext(ctx, "UPDATE script_cron_run SET seq = seq + 1, beat_at = "+l.db.Dialect.NowMillis()+", percent = ?, progress = ? WHERE id = ? AND token = ?",
		percent, text.Cut(said, 255), id, token)
	if err == nil {
		err = l.db.QueryRowContext(ctx, "SELECT stop FROM script_cron_run WHERE id = ?", id).Scan(&stop)
	}
	if err != nil {
		return false, fmt.Errorf("beating for run %d: %w", id, err)
	}
	return stop, nil
}

// Conclude writes the outcome of r, if its row is in one of the states from, and
// still under the token. It tells whether the outcome stands there now.
func (l *Ledger) Conclude(ctx context.Context, r Run, o Outcome, from ...State) (concluded bool, err error) {
	o.Reason, o.Result = fitted(o.Reason), fitted(o.Result)
	err = l.change(ctx, fmt.Sprintf("writing the outcome of run %d", r.ID), func(tx *sql.Tx) error {
		args := []any{o.State, o.Reason, o.Result, o.Cost.Milliseconds(), o.PeakKB, r.ID, r.Token}
		for _, s := range from {
			args = append(args, s)
		}
		res, err := tx.ExecContext(ctx, "UPDATE script_cron_run SET state = ?, reason = ?, result = ?, cost_ms = ?, peak_kb = ?, ended_at = "+l.db.Dialect.NowMillis()+
			" WHERE id = ? AND token = ? AND state IN ("+sqldb.Placeholders(len(from))+")", args...)
		if err != nil {
			return err
		}
		changed, err := res.RowsAffected()
		if err != nil {
			return err
		}
		now, err := selectRun(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		concluded = now.State == o.State && now.Token == r.Token && now.Reason == o.Reason
		if changed == 0 {
			return nil
		}
		return l.log(ctx, tx, &now)
	})
	return concluded, err
}

// fitted makes a text fit its column.
func fitted(s string) string { return text.Cut(strings.ToValidUTF8(s, "\uFFFD"), maxText) }
