package delayqueue

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"

	"simplest_script/core"
	"simplest_script/core/tool/sqldb"
)

// Push implements Store. All rows are written in one transaction; they carry a
// token of this push, by which their ids are read back before the commit: the
// first id plus i is not the id of row i where the server counts in larger steps.
func (s *SQLStore) Push(ctx context.Context, jobs []core.DelayQueuePushParams) ([]uint64, error) {
	var ids []uint64
	err := s.db.InTx(ctx, func(tx *sql.Tx) error {
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		ids, err = s.insertAll(ctx, tx, jobs, now)
		return err
	})
	var commit *sqldb.CommitError
	switch {
	case err == nil:
		return ids, nil
	case errors.As(err, &commit) && !notCommitted(commit):
		return nil, fmt.Errorf("pushing %d jobs: %w: %w", len(jobs), core.ErrUnknownOutcome, err)
	}
	return nil, fmt.Errorf("pushing %d jobs: %w", len(jobs), err)
}

// notCommitted tells the failures of a commit after which it certainly has not
// taken place: database/sql refused to send it, the driver found the connection
// dead before it sent anything, or the server rolled back.
func notCommitted(err *sqldb.CommitError) bool {
	return errors.Is(err, sql.ErrTxDone) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrBadConn) || sqldb.Conflict(err)
}

func (s *SQLStore) insertAll(ctx context.Context, tx *sql.Tx, jobs []core.DelayQueuePushParams, now int64) ([]uint64, error) {
	token := newToken()
	ids := make([]uint64, 0, len(jobs))
	for chunk := range slices.Chunk(jobs, rowsPerInsert) {
		first, err := s.insert(ctx, tx, chunk, token, now)
		if err != nil {
			return nil, err
		}
		if len(chunk) == 1 {
			ids = append(ids, first)
			continue
		}
		if ids, err = readBack(ctx, tx, ids, first, token); err != nil {
			return nil, err
		}
	}
	if len(ids) != len(jobs) {
		return nil, fmt.Errorf("read back %d ids for %d rows of delay_queue_log", len(ids), len(jobs))
	}
	return ids, nil
}

// insert writes one statement's rows and returns the id of the first.
func (s *SQLStore) insert(ctx context.Context, tx *sql.Tx, jobs []core.DelayQueuePushParams, token uint64, now int64) (uint64, error) {
	const columns = "name, exec_cmd, params, status, exec_time, exec_ms, max_attempts, timeout_ms, max_late_ms, token"
	row := "(?,?,?,1,?,?,?,?,?,?," + s.db.Dialect.Now() + "," + s.db.Dialect.Now() + ")"
	args := make([]any, 0, 9*len(jobs))
	for i := range jobs {
		p := &jobs[i]
		due := dueMillis(p, now)
		args = append(args, p.Name, p.ExecCmd, p.Params, due/1000, due%1000, p.MaxAttempts, p.TimeoutMs, p.MaxLateMs, token)
	}
	res, err := tx.ExecContext(ctx, "INSERT INTO delay_queue_log ("+columns+", create_time, update_time) VALUES "+
		row+strings.Repeat(","+row, len(jobs)-1), args...)
	if err != nil {
		return 0, fmt.Errorf("inserting %d rows: %w", len(jobs), err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, fmt.Errorf("reading the id of the inserted row: %w", err)
	}
	if s.db.Dialect == sqldb.SQLite { // where it is the last row's id, and nobody else writes meanwhile
		id -= int64(len(jobs)) - 1
	}
	return uint64(id), nil
}

func readBack(ctx context.Context, tx *sql.Tx, ids []uint64, first, token uint64) ([]uint64, error) {
	more, err := sqldb.Column[uint64](tx.QueryContext(ctx, "SELECT id FROM delay_queue_log WHERE id >= ? AND token = ? ORDER BY id", first, token))
	if err != nil {
		return nil, fmt.Errorf("reading back the ids: %w", err)
	}
	return append(ids, more...), nil
}

// dueMillis returns when the job is due, given the database's clock in
// microseconds: rounded up, so that no job is early.
func dueMillis(p *core.DelayQueuePushParams, now int64) int64 {
	if p.ExecTime != 0 {
		return int64(p.ExecTime)*1000 + int64(p.ExecMs)
	}
	return (now+999)/1000 + p.DelayTime*1000 + p.DelayMs
}
