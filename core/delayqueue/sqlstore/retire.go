package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// Retire removes up to limit jobs, from the first on; see RetireFrom. It returns how
// many, fewer than limit where there are no more.
func (s *Store) Retire(ctx context.Context, status core.DelayStatus, before int64, archive bool, limit int) (sum int, err error) {
	for at := (delayqueue.Place{}); sum < limit; {
		var n int
		if n, at, err = s.RetireFrom(ctx, at, status, before, archive, limit-sum); err != nil {
			return sum, err
		}
		if sum += n; at == (delayqueue.Place{}) {
			break
		}
	}
	return sum, nil
}

// RetireFrom implements Store. Rows are found along the index of status and due time,
// and a job that ended long after it was due, or whose unique key is still to be taken
// for a while, is passed and left for a later walk. All that belongs to
// a row goes in one transaction, which locks rows that nobody changes any more.
func (s *Store) RetireFrom(ctx context.Context, from delayqueue.Place, status core.DelayStatus, before int64, archive bool, limit int) (gone int, next delayqueue.Place, err error) {
	if !status.Final() {
		return 0, next, fmt.Errorf("retiring %s jobs: only those that have come to an end can be", status)
	}
	limit = min(limit, delayqueue.RowsPerRetire)
	ids, next, err := s.retirable(ctx, from, status, before, limit)
	if err != nil {
		return 0, from, fmt.Errorf("looking for %s jobs to be retired: %w", status, err)
	}
	if len(ids) == 0 {
		return 0, next, nil
	}
	err = s.db.InTx(ctx, func(tx *sql.Tx) (err error) {
		gone, err = s.retireAll(ctx, tx, status, ids, archive)
		return err
	})
	if err != nil {
		return 0, from, fmt.Errorf("retiring %d %s jobs: %w", len(ids), status, err)
	}
	return gone, next, nil
}

// Retirable is the condition that a job ended before the Unix millisecond, its one
// placeholder, and need not stay for its unique key.
func Retirable(d sqldb.Dialect) string {
	return "(end_time < ? AND (unique_hash IS NULL OR " + over(d) + "))"
}

// retirable looks at the next rows and returns those of them that may go.
func (s *Store) retirable(ctx context.Context, from delayqueue.Place, status core.DelayStatus, before int64, limit int) (ids []uint64, next delayqueue.Place, err error) {
	last := from
	seen, err := sqldb.Collect(func(rows *sql.Rows) (struct{}, error) {
		var goes bool
		err := rows.Scan(&last.Second, &last.ID, &goes)
		if goes {
			ids = append(ids, last.ID)
		}
		return struct{}{}, err
	})(s.db.QueryContext(ctx, "SELECT exec_time, id, "+Retirable(s.db.Dialect)+" FROM delay_queue_log "+ByStatusIndex(s.db.Dialect)+
		" WHERE status = ? AND exec_time >= ? AND exec_time < ? AND (exec_time > ? OR exec_time = ? AND id > ?) ORDER BY exec_time, id LIMIT ?",
		before*1000, status, from.Second, before, from.Second, from.Second, from.ID, limit))
	if len(seen) == limit {
		next = last
	}
	return ids, next, err
}

// archived are the columns that an archived job keeps.
const archived = "id, name, exec_cmd, params, status, result, exec_time, exec_ms, owner, attempts, max_attempts, rescues, deaths," +
	" due_at, start_time, end_time, late_ms, timeout_ms, max_late_ms, unique_key, create_time, update_time"

// retireAll removes those of the jobs that nobody has made to wait again since they
// were found.
func (s *Store) retireAll(ctx context.Context, tx *sql.Tx, status core.DelayStatus, ids []uint64, archive bool) (int, error) {
	query := "SELECT id FROM delay_queue_log " + s.listed() + " WHERE id " + among(ids) + " AND status = ?" + s.db.Dialect.ForUpdate()
	ids, err := sqldb.Column[uint64](tx.QueryContext(ctx, query, status))
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	these := " " + among(ids)
	if archive {
		query := "REPLACE INTO script_delay_archive (" + archived + ", whole, archived_at) SELECT " + archived +
			", (SELECT r.result FROM script_delay_result r WHERE r.job_id = id), " + s.db.Dialect.NowMillis() +
			" FROM delay_queue_log WHERE id" + these
		if _, err := tx.ExecContext(ctx, query); err != nil {
			return 0, fmt.Errorf("copying to the archive: %w", err)
		}
	}
	if err := clearOf(ctx, tx, ids, "script_delay_result", "script_delay_attempt", "script_delay_progress", "script_delay_request"); err != nil {
		return 0, err
	}
	return changed(tx.ExecContext(ctx, "DELETE FROM delay_queue_log WHERE id"+these))
}

// clearOf removes from the tables what they keep about the jobs.
func clearOf(ctx context.Context, tx *sql.Tx, ids []uint64, tables ...string) error {
	for _, table := range tables {
		if _, err := tx.ExecContext(ctx, "DELETE FROM "+table+" WHERE job_id "+among(ids)); err != nil {
			return fmt.Errorf("clearing %s: %w", table, err)
		}
	}
	return nil
}

// ForgetArchived implements Store.
func (s *Store) ForgetArchived(ctx context.Context, before int64, limit int) (int, error) {
	ids, err := sqldb.Column[uint64](s.db.QueryContext(ctx, "SELECT id FROM script_delay_archive WHERE archived_at < ? ORDER BY archived_at LIMIT ?",
		before*1000, min(limit, delayqueue.RowsPerRetire)))
	if err == nil && len(ids) > 0 {
		_, err = s.db.ExecContext(ctx, "DELETE FROM script_delay_archive WHERE id "+among(ids))
	}
	if err != nil {
		return 0, fmt.Errorf("removing archived jobs: %w", err)
	}
	return len(ids), nil
}
