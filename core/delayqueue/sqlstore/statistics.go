package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// WriteStatistics implements Store.
func (s *Store) WriteStatistics(ctx context.Context, owner string, statistics []delayqueue.Statistic) error {
	const row = "(?,?,?,?,?,?,?,?,?,?,?)"
	for chunk := range slices.Chunk(statistics, delayqueue.RowsPerGroup) {
		args := make([]any, 0, 11*len(chunk))
		for _, t := range chunk {
			args = append(args, t.Kind, t.Minutes, t.At, owner, t.Done, t.Failed, t.Retried, t.Skipped, t.Cancelled, lateMillis(t.LateMax), t.Late)
		}
		_, err := s.db.ExecContext(ctx, "REPLACE INTO script_delay_stat (exec_cmd, minutes, at, owner, done, failed, retried, skipped, cancelled, late_max, late) VALUES "+
			row+strings.Repeat(","+row, len(chunk)-1), args...)
		if err != nil {
			return fmt.Errorf("writing %d statistics: %w", len(chunk), err)
		}
	}
	return nil
}

// PurgeStatistics implements Store. It walks along the index of (minutes, at). For most of a
// table MySQL would rather read and sort all of it, for each chunk; others take the hint
// for a comment. And it begins where there is something left: what earlier chunks have
// removed stays in the index for a while, and would count in the server's estimate.
func (s *Store) PurgeStatistics(ctx context.Context, minutes int, before int64, limit int) (n int, err error) {
	first, err := sqldb.Column[int64](s.db.QueryContext(ctx, "SELECT at FROM script_delay_stat WHERE minutes = ? AND at < ? ORDER BY at LIMIT 1", minutes, before))
	if err != nil {
		return 0, fmt.Errorf("looking for the oldest statistics: %w", err)
	}
	if len(first) == 0 {
		return 0, nil
	}
	oldest := "minutes = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?"
	if s.db.Dialect == sqldb.SQLite { // whose DELETE has no LIMIT
		oldest = "rowid IN (SELECT rowid FROM script_delay_stat WHERE " + oldest + ")"
	}
	err = s.repeat(ctx, func() error {
		n, err = changed(s.db.ExecContext(ctx, "DELETE /*+ INDEX(script_delay_stat at) */ FROM script_delay_stat WHERE "+oldest, minutes, first[0], before, limit))
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("removing old statistics: %w", err)
	}
	return n, nil
}
