package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// first is when the first waiting job of a kind falls due.
type first struct {
	kind   string
	second int64
}

// Unknown implements Store. A column with an old character set is compared with no
// name that it cannot hold: the server refuses all of the question then. Such names,
// which no row has, are left out when it is asked again.
func (s *Store) Unknown(ctx context.Context, known []string) (map[string]int64, error) {
	rows, err := s.others(ctx, known)
	if sqldb.Incomparable(err) {
		if known, err = s.comparable(ctx, known); err == nil {
			rows, err = s.others(ctx, known)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listing kinds: %w", err)
	}
	out := make(map[string]int64, len(rows))
	for _, f := range rows {
		out[f.kind] = f.second
	}
	return out, nil
}

// others returns the kinds that are not known. Grouped by all columns that the index
// begins with, the statement jumps from one kind to the next instead of reading every
// waiting row, where the server's statistics tell that there are few. A row without a
// kind, as an older table may allow it, is none.
func (s *Store) others(ctx context.Context, known []string) ([]first, error) {
	query := "SELECT exec_cmd, MIN(exec_time) FROM delay_queue_log " + s.db.Dialect.UseIndex(ClaimIndex) +
		" WHERE status = 1 AND exec_cmd IS NOT NULL GROUP BY status, exec_cmd"
	if len(known) > 0 {
		query += " HAVING exec_cmd NOT IN (" + sqldb.Placeholders(len(known)) + ")"
	}
	return sqldb.Collect(func(rows *sql.Rows) (f first, err error) {
		err = rows.Scan(&f.kind, &f.second)
		return f, err
	})(s.db.QueryContext(ctx, query, texts(known)...))
}

func texts(words []string) []any {
	out := make([]any, len(words))
	for i, w := range words {
		out[i] = w
	}
	return out
}

// FailUnknown implements Store. The kind is compared byte by byte as well: a
// collation may hold it to be equal to one that is known. Both statements ask,
// because a person may correct or postpone a row in between.
func (s *Store) FailUnknown(ctx context.Context, kind, reason string, limit int) (int, error) {
	overdue := "status = 1 AND exec_cmd = ? AND " + s.db.Dialect.Exactly("exec_cmd") + " AND exec_time <= " + s.db.Dialect.NowSeconds()
	ids, err := sqldb.Column[uint64](s.db.QueryContext(ctx, "SELECT id FROM delay_queue_log WHERE "+overdue+
		" ORDER BY exec_time LIMIT ?", kind, kind, min(limit, delayqueue.RowsPerList)))
	if err != nil || len(ids) == 0 {
		return 0, wrapUnknown(kind, err)
	}
	query := "UPDATE delay_queue_log " + s.listed() + " SET status = 4, result = ?, end_time = " + s.db.Dialect.NowMillis() + ", " + freed +
		", update_time = " + s.db.Dialect.Now() + " WHERE id " + among(ids) + " AND " + overdue
	args := []any{reason, kind, kind}
	var n int
	err = s.repeat(ctx, func() (err error) {
		n, err = changed(s.db.ExecContext(ctx, query, args...))
		return err
	})
	return n, wrapUnknown(kind, err)
}

func wrapUnknown(kind string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("failing jobs of unknown kind %q: %w", kind, err)
}

// Forecast implements Store.
func (s *Store) Forecast(ctx context.Context, kind string, ahead time.Duration, limit int) ([]delayqueue.Load, error) {
	loads, err := sqldb.Collect(func(rows *sql.Rows) (l delayqueue.Load, err error) {
		err = rows.Scan(&l.Second, &l.Jobs)
		return l, err
	})(s.db.QueryContext(ctx, "SELECT exec_time, COUNT(*) FROM (SELECT exec_time FROM delay_queue_log "+s.db.Dialect.UseIndex(ClaimIndex)+
		" WHERE status = 1 AND exec_cmd = ? AND exec_time <= "+s.db.Dialect.NowSeconds()+" + ? ORDER BY exec_time LIMIT ?) soon"+
		" GROUP BY exec_time ORDER BY exec_time", kind, wholeSeconds(ahead), limit))
	if sqldb.Incomparable(err) { // no row can be of this kind
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("forecasting %s: %w", kind, err)
	}
	return loads, nil
}

// Ownerless implements Store.
func (s *Store) Ownerless(ctx context.Context, limit int) (int, error) {
	var n int
	err := s.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT id FROM delay_queue_log WHERE status = 2 AND owner = '' LIMIT ?) o", limit).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting running jobs without an owner: %w", err)
	}
	return n, nil
}

// Unfinished counts those of the jobs that are waiting or running.
func (s *Store) Unfinished(ctx context.Context, ids []uint64) (int, error) {
	sum := 0
	for chunk := range slices.Chunk(ids, delayqueue.RowsPerList) {
		var n int
		err := s.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM delay_queue_log WHERE id "+among(chunk)+" AND status IN (1, 2)").Scan(&n)
		if err != nil {
			return 0, fmt.Errorf("counting unfinished jobs: %w", err)
		}
		sum += n
	}
	return sum, nil
}
