package crontab

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"simplest_script/core/tool/sqldb"
)

// keepApart makes Skipped of those rows that would start a run of an entry with
// overlap skip beside one that goes on. Whoever enters such rows does it one after
// another: between the look at what goes on and the entry nobody else starts one. On
// MySQL that is what the lock on the marks is for; a transaction of SQLite is alone
// anyway.
//
// The rows are sorted by entry and tick, and all of one partition.
func (l *Ledger) keepApart(ctx context.Context, tx *sql.Tx, rows []Run) error {
	entries, first, last := apart(rows)
	if len(entries) == 0 {
		return nil
	}
	if l.db.Dialect != sqldb.SQLite {
		if err := lockMarks(ctx, tx, rows[0].Partition, entries); err != nil {
			return err
		}
	}
	condition := "`partition` = ? AND entry IN (" + sqldb.Placeholders(len(entries)) + ")"
	args := append([]any{rows[0].Partition}, entries...)
	unfinished, err := selectRuns(ctx, tx, condition+" AND state IN ('starting', 'running') ORDER BY id", args...)
	if err != nil {
		return fmt.Errorf("looking for runs that go on: %w", err)
	}
	entered, err := selectRuns(ctx, tx, condition+" AND hand = 0 AND tick BETWEEN ? AND ?", append(args, first.Unix(), last.Unix())...)
	if err != nil {
		return fmt.Errorf("looking for ticks that others have decided: %w", err)
	}
	skipOverlaps(rows, unfinished, entered)
	return nil
}

// apart returns the entries of rows that may start a run only where none goes on, and
// the first and last of their ticks.
func apart(rows []Run) (entries []any, first, last time.Time) {
	for i := range rows {
		r := &rows[i]
		if !r.Skip || r.State != Starting {
			continue
		}
		if len(entries) == 0 || entries[len(entries)-1] != r.Entry {
			entries = append(entries, r.Entry)
		}
		if first.IsZero() || r.Tick.Before(first) {
			first = r.Tick
		}
		last = maxTime(last, r.Tick)
	}
	return entries, first, last
}

// lockMarks locks the marks of entries, in their order, until the transaction ends. An
// entry that no daemon has taken over, or that one just forgets, has none: it is given
// one without a specification. An insertion does both, and leaves no moment in between.
func lockMarks(ctx context.Context, tx *sql.Tx, partition string, entries []any) error {
	args := make([]any, 0, 2*len(entries))
	for _, entry := range entries {
		args = append(args, partition, entry)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO script_cron_mark (`partition`, entry, tick, spec) VALUES "+
		strings.TrimSuffix(strings.Repeat("(?, ?, 0, ''), ", len(entries)), ", ")+" ON DUPLICATE KEY UPDATE tick = tick", args...)
	if err != nil {
		return fmt.Errorf("waiting for others who decide ticks of the same entries: %w", err)
	}
	return nil
}

// skipOverlaps decides about rows, given what goes on and which ticks are entered.
// Rows of the latter change nothing, whatever they say, and start nothing.
func skipOverlaps(rows, unfinished, entered []Run) {
	type tick struct {
		entry string
		at    int64
	}
	decided := make(map[tick]bool, len(entered))
	for i := range entered {
		decided[tick{entered[i].Entry, entered[i].Tick.Unix()}] = true
	}
	goesOn := make(map[string]Run, len(unfinished))
	for _, r := range unfinished {
		goesOn[r.Entry] = r
	}
	for i := range rows {
		r := &rows[i]
		earlier, busy := goesOn[r.Entry]
		switch {
		case !r.Skip || r.State != Starting || r.Hand == 0 && decided[tick{r.Entry, r.Tick.Unix()}]:
		case busy:
			r.State, r.Reason = Skipped, "overlap is skip, and "+earlier.described()
		default:
			goesOn[r.Entry] = *r
		}
	}
}
