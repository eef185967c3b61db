package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// Requests implements Store.
func (s *Store) Requests(ctx context.Context, after uint64, limit int) ([]delayqueue.Request, error) {
	requests, err := sqldb.Collect(func(rows *sql.Rows) (r delayqueue.Request, err error) {
		err = rows.Scan(&r.ID, &r.Action, &r.Due, &r.Reason, &r.At, &r.Status, &r.Owner, &r.Token)
		return r, err
	})(s.db.QueryContext(ctx, "SELECT r.job_id, r.action, r.due, r.reason, r.created_at, COALESCE(j.status, 0), COALESCE(j.owner, ''), COALESCE(j.token, 0)"+
		" FROM script_delay_request r LEFT JOIN delay_queue_log j ON j.id = r.job_id WHERE r.job_id > ? ORDER BY r.job_id LIMIT ?", after, limit))
	if err != nil {
		return nil, fmt.Errorf("reading what is asked of claimed jobs: %w", err)
	}
	return requests, nil
}

// Grant implements Store.
func (s *Store) Grant(ctx context.Context, r delayqueue.Request) (bool, error) {
	assignments, args := moved, []any{r.Due / 1000, r.Due % 1000}
	if r.Action == delayqueue.ToCancel {
		reason := cmp.Or(r.Reason, core.ErrCancelled.Error())
		assignments, args = "status = 6, result = ?, end_time = "+s.db.Dialect.NowMillis()+", "+freed, []any{reason}
	}
	query := "UPDATE delay_queue_log " + s.listed() + " SET " + assignments + ", owner = '', token = 0, start_time = 0, update_time = " + s.db.Dialect.Now() + " WHERE id = ? AND "
	args = append(args, r.ID)
	if r.Status == core.DelayRunning {
		query += "status = 2 AND owner = ? AND token = ?"
		args = append(args, r.Owner, r.Token)
	} else {
		query += "status IN (1, 5)"
	}
	// Another daemon may have granted and forgotten the request, and a person have asked
	// for something else since.
	query += " AND EXISTS (SELECT 1 FROM script_delay_request r WHERE r.job_id = id AND r.action = ? AND r.due = ? AND r.created_at = ?)"
	args = append(args, r.Action, r.Due, r.At)
	var n int
	err := s.repeat(ctx, func() (err error) {
		n, err = changed(s.db.ExecContext(ctx, query, args...))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("doing what is asked of job %d: %w", r.ID, err)
	}
	return n == 1, nil
}

// Forget implements Store.
func (s *Store) Forget(ctx context.Context, r delayqueue.Request) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM script_delay_request WHERE job_id = ? AND action = ? AND due = ? AND created_at = ?", r.ID, r.Action, r.Due, r.At)
	if err != nil {
		return fmt.Errorf("forgetting what was asked of job %d: %w", r.ID, err)
	}
	return nil
}
