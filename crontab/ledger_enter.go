package crontab

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"simplest_script/core/tool/sqldb"
	"simplest_script/core/tool/text"
)

// rowsPerInsert is how many rows one statement enters.
const rowsPerInsert = 200

// Enter writes rows, of ticks that have none yet, under the token, and returns
// those rows of them that stand under it: what is Starting there is the caller's
// to start. Whoever comes second finds the rows of the first, and gets none. The
// rows are Starting, Skipped or Missed, and all of one partition. One that is Starting
// with Skip comes back as Skipped where a run of its entry goes on.
//
// After an error, call it again with the same token: what an earlier call has
// written in spite of its error is returned.
func (l *Ledger) Enter(ctx context.Context, token uint64, rows []Run) ([]Run, error) {
	// In one order, so that daemons wait for each other instead of in a circle.
	rows = slices.SortedFunc(slices.Values(rows), func(a, b Run) int {
		return cmp.Or(cmp.Compare(a.Entry, b.Entry), a.Tick.Compare(b.Tick), cmp.Compare(a.Hand, b.Hand))
	})
	var entered []Run
	for chunk := range slices.Chunk(rows, rowsPerInsert) {
		mine, err := l.enter(ctx, token, chunk)
		if err != nil {
			return nil, fmt.Errorf("entering %d cron ticks: %w", len(chunk), err)
		}
		entered = append(entered, mine...)
	}
	return entered, nil
}

func (l *Ledger) enter(ctx context.Context, token uint64, rows []Run) ([]Run, error) {
	err := l.db.InTx(ctx, func(tx *sql.Tx) error {
		decided := slices.Clone(rows) // anew with each try
		if err := l.keepApart(ctx, tx, decided); err != nil {
			return err
		}
		return l.insert(ctx, tx, token, decided)
	})
	if err != nil {
		return nil, err
	}
	return l.under(ctx, token, rows)
}

// insert writes those of the rows that are not there.
func (l *Ledger) insert(ctx context.Context, tx *sql.Tx, token uint64, rows []Run) error {
	now := l.db.Dialect.NowMillis()
	var values []string
	var args []any
	for i := range rows {
		r := &rows[i]
		ended, tickEnd := "0", int64(0)
		if r.State.Final() {
			ended = now
		}
		if !r.TickEnd.IsZero() {
			tickEnd = r.TickEnd.Unix()
		}
		values = append(values, "("+sqldb.Placeholders(18)+", "+now+", "+ended+")")
		args = append(args, r.Partition, r.Entry, r.Tick.Unix(), r.Hand, tickEnd, r.State, token, text.Cut(r.Reason, maxText), r.ExecCmd, r.Name, r.Params, r.IsLog,
			r.Timeout.Milliseconds(), text.Cut(r.Host, 255), r.Boot, r.PIDNS, r.Owner.PID, r.Owner.Start)
	}
	again := " ON DUPLICATE KEY UPDATE script_cron_run.id = script_cron_run.id"
	if l.db.Dialect == sqldb.SQLite {
		again = " ON CONFLICT DO NOTHING"
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO script_cron_run (`partition`, entry, tick, hand, tick_end, state, token, reason, exec_cmd, name, params, is_log,"+
		" timeout_ms, host, boot, pid_ns, owner_pid, owner_start, claimed_at, ended_at) VALUES "+strings.Join(values, ", ")+again, args...)
	return err
}

// under returns those of the rows that stand under the token.
func (l *Ledger) under(ctx context.Context, token uint64, rows []Run) ([]Run, error) {
	entries := make([]any, 0, len(rows))
	first, last := rows[0].Tick, rows[0].Tick
	for i := range rows {
		if i == 0 || rows[i].Entry != rows[i-1].Entry {
			entries = append(entries, rows[i].Entry)
		}
		if rows[i].Tick.Before(first) {
			first = rows[i].Tick
		}
		if rows[i].Tick.After(last) {
			last = rows[i].Tick
		}
	}
	args := slices.Concat([]any{rows[0].Partition}, entries, []any{first.Unix(), last.Unix(), token})
	return selectRuns(ctx, l.db, "`partition` = ? AND entry IN ("+sqldb.Placeholders(len(entries))+") AND tick BETWEEN ? AND ? AND token = ? ORDER BY tick, id", args...)
}

// Busy returns those of the entries that have a run which has not come to its end.
func (l *Ledger) Busy(ctx context.Context, partition string, entries []string) (map[string]Run, error) {
	busy := map[string]Run{}
	if len(entries) == 0 {
		return busy, nil
	}
	runs, err := l.Unfinished(ctx, partition)
	for _, r := range runs {
		if slices.Contains(entries, r.Entry) {
			busy[r.Entry] = r
		}
	}
	return busy, err
}
