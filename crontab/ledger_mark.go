package crontab

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"

	"simplest_script/core/tool/sqldb"
)

// Mark says up to when the ticks of an entry are decided, and under which
// specification they were. What lies between a mark and now was swallowed by an
// outage.
//
// A mark without a specification says that no daemon has taken the entry over: whoever
// ran it by hand has set it, to have a row that can be locked. Its tick means nothing.
type Mark struct {
	Entry string
	Tick  time.Time
	Spec  string
}

// Marks returns the marks of a partition by entry.
func (l *Ledger) Marks(ctx context.Context, partition string) (map[string]Mark, error) {
	list, err := sqldb.Collect(func(rows *sql.Rows) (m Mark, err error) {
		var tick int64
		err = rows.Scan(&m.Entry, &tick, &m.Spec)
		m.Tick = time.Unix(tick, 0)
		return m, err
	})(l.db.QueryContext(ctx, "SELECT entry, tick, spec FROM script_cron_mark WHERE `partition` = ?", partition))
	if err != nil {
		return nil, fmt.Errorf("reading up to when cron ticks are decided: %w", err)
	}
	marks := make(map[string]Mark, len(list))
	for _, m := range list {
		marks[m.Entry] = m
	}
	return marks, nil
}

// SetMarks moves marks forward. A mark never goes back while its specification
// stays the same; with a new one it is set as given.
func (l *Ledger) SetMarks(ctx context.Context, partition string, marks []Mark) error {
	if len(marks) == 0 {
		return nil
	}
	args := make([]any, 0, 4*len(marks))
	for _, m := range marks {
		args = append(args, partition, m.Entry, m.Tick.Unix(), m.Spec)
	}
	// MySQL assigns from left to right, so the condition comes before the new spec.
	again := " ON DUPLICATE KEY UPDATE tick = IF(spec = VALUES(spec), GREATEST(tick, VALUES(tick)), VALUES(tick)), spec = VALUES(spec)"
	if l.db.Dialect == sqldb.SQLite {
		again = " ON CONFLICT DO UPDATE SET tick = IIF(spec = excluded.spec, MAX(tick, excluded.tick), excluded.tick), spec = excluded.spec"
	}
	return l.change(ctx, "noting up to when cron ticks are decided", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO script_cron_mark (`partition`, entry, tick, spec) VALUES "+
			strings.TrimSuffix(strings.Repeat("(?, ?, ?, ?), ", len(marks)), ", ")+again, args...)
		return err
	})
}

// change runs f in a transaction, again where it lost against another one.
func (l *Ledger) change(ctx context.Context, doing string, f func(tx *sql.Tx) error) error {
	if err := l.db.InTx(ctx, f); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// DropMarks forgets entries that are no longer there.
func (l *Ledger) DropMarks(ctx context.Context, partition string, entries []string) error {
	if len(entries) == 0 {
		return nil
	}
	args := []any{partition}
	for _, e := range entries {
		args = append(args, e)
	}
	_, err := l.db.ExecContext(ctx, "DELETE FROM script_cron_mark WHERE `partition` = ? AND entry IN ("+sqldb.Placeholders(len(entries))+")", args...)
	if err != nil {
		return fmt.Errorf("forgetting cron entries that are gone: %w", err)
	}
	return nil
}
