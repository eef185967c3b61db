package crontab

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"simplest_script/core/tool/sqldb"
)

// foldMost is how many rows Fold takes away at most.
const foldMost = 500

// pile is where folded rows are counted.
type pile struct {
	partition, entry, day string
	state                 State
}

// Fold takes away runs that ended before a time and adds them to the counters in
// script_cron_count, some hundreds at most; it tells how many. Runs of entries
// with is_log have a time of their own: what is known of them stays in crontab_log.
func (l *Ledger) Fold(ctx context.Context, before, loggedBefore time.Time) (folded int, err error) {
	err = l.change(ctx, "folding old cron runs into counters", func(tx *sql.Tx) error {
		folded = 0
		var most time.Time
		if most = before; loggedBefore.After(most) {
			most = loggedBefore
		}
		query := "ended_at BETWEEN 1 AND ? AND (is_log = 0 AND ended_at < ? OR is_log = 1 AND ended_at < ?) ORDER BY id LIMIT ?"
		if l.db.Dialect == sqldb.MySQL {
			query += " FOR UPDATE" // the other daemons fold too
		}
		runs, err := selectRuns(ctx, tx, query, most.UnixMilli(), before.UnixMilli(), loggedBefore.UnixMilli(), foldMost)
		if err != nil || len(runs) == 0 {
			return err
		}
		ids, piles, costs := make([]any, 0, len(runs)), map[pile]int64{}, map[pile]int64{}
		for i := range runs {
			r := &runs[i]
			p := pile{r.Partition, r.Entry, r.Tick.UTC().Format(time.DateOnly), r.State}
			piles[p]++
			costs[p] += r.Cost.Milliseconds()
			ids = append(ids, r.ID)
		}
		for p, n := range piles {
			if err := l.count(ctx, tx, p, n, costs[p]); err != nil {
				return err
			}
		}
		folded = len(runs)
		_, err = tx.ExecContext(ctx, "DELETE FROM script_cron_run WHERE id IN ("+sqldb.Placeholders(len(ids))+")", ids...)
		return err
	})
	return folded, err
}

func (l *Ledger) count(ctx context.Context, tx *sql.Tx, p pile, runs, cost int64) error {
	again := " ON DUPLICATE KEY UPDATE runs = runs + VALUES(runs), cost_ms = cost_ms + VALUES(cost_ms)"
	if l.db.Dialect == sqldb.SQLite {
		again = " ON CONFLICT DO UPDATE SET runs = runs + excluded.runs, cost_ms = cost_ms + excluded.cost_ms"
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO script_cron_count (`partition`, entry, day, state, runs, cost_ms) VALUES (?, ?, ?, ?, ?, ?)"+again,
		p.partition, p.entry, p.day, p.state, runs, cost)
	if err != nil {
		return fmt.Errorf("counting: %w", err)
	}
	return nil
}
