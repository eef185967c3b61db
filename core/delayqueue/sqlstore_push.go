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
func (s *SQLStore) Push(ctx context.Context, jobs []core.DelayQueuePushParams) ([]Receipt, error) {
	receipts, err := s.push(ctx, jobs)
	if errors.Is(err, core.ErrUnknownOutcome) && allKeyed(jobs) {
		receipts, err = s.pushAgain(ctx, jobs, receipts, err)
	}
	if err != nil {
		return nil, err
	}
	return receipts, nil
}

// push returns receipts also with an error that leaves the outcome open.
func (s *SQLStore) push(ctx context.Context, jobs []core.DelayQueuePushParams) (receipts []Receipt, err error) {
	err = s.db.InTx(ctx, func(tx *sql.Tx) error {
		receipts, err = s.pushInto(ctx, tx, jobs)
		return err
	})
	return receipts, pushError(jobs, err)
}

// PushTx implements Store.
func (s *SQLStore) PushTx(ctx context.Context, tx Tx, jobs []core.DelayQueuePushParams) ([]Receipt, error) {
	receipts, err := s.pushInto(ctx, tx, jobs)
	return receipts, pushError(jobs, err)
}

// pushError says what was done, and where it is so that the outcome is open.
func pushError(jobs []core.DelayQueuePushParams, err error) error {
	var commit *sqldb.CommitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &commit) && !notCommitted(commit):
		return fmt.Errorf("pushing %d jobs: %w: %w", len(jobs), core.ErrUnknownOutcome, err)
	}
	return fmt.Errorf("pushing %d jobs: %w", len(jobs), err)
}

// notCommitted tells the failures of a commit after which it certainly has not
// taken place: database/sql refused to send it, the driver found the connection
// dead before it sent anything, or the server rolled back.
func notCommitted(err *sqldb.CommitError) bool {
	return errors.Is(err, sql.ErrTxDone) || errors.Is(err, context.Canceled) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrBadConn) || sqldb.Conflict(err)
}

// pushInto stores the jobs in a transaction, those with a unique key after the others.
func (s *SQLStore) pushInto(ctx context.Context, tx queryer, jobs []core.DelayQueuePushParams) ([]Receipt, error) {
	now, err := s.now(ctx, tx)
	if err != nil {
		return nil, err
	}
	in := &insertion{SQLStore: s, tx: tx, now: now, token: newToken()}
	keyed := func(p core.DelayQueuePushParams) bool { return p.UniqueKey != "" }
	if !slices.ContainsFunc(jobs, keyed) {
		return in.plain(ctx, jobs)
	}
	receipts := make([]Receipt, len(jobs))
	for _, part := range []struct {
		keyed  bool
		insert func(ctx context.Context, jobs []core.DelayQueuePushParams) ([]Receipt, error)
	}{{false, in.plain}, {true, in.keyed}} {
		var places []int
		var some []core.DelayQueuePushParams
		for i, p := range jobs {
			if keyed(p) == part.keyed {
				places, some = append(places, i), append(some, p)
			}
		}
		got, err := part.insert(ctx, some)
		if err != nil {
			return nil, err
		}
		for i, place := range places {
			receipts[place] = got[i]
		}
	}
	return receipts, nil
}

// insertion is the writing of one push, within a transaction.
type insertion struct {
	*SQLStore
	tx    queryer
	now   int64  // the database's clock, Unix microseconds
	token uint64 // that the new rows carry until they are claimed
}

// plain stores jobs without unique keys.
func (in *insertion) plain(ctx context.Context, jobs []core.DelayQueuePushParams) ([]Receipt, error) {
	receipts := make([]Receipt, 0, len(jobs))
	for chunk := range slices.Chunk(jobs, rowsPerInsert) {
		first, err := in.insert(ctx, chunk, false)
		if err != nil {
			return nil, err
		}
		if len(chunk) == 1 {
			receipts = append(receipts, Receipt{ID: first})
			continue
		}
		ids, err := in.readBack(ctx, first)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			receipts = append(receipts, Receipt{ID: id})
		}
	}
	if len(receipts) != len(jobs) {
		return nil, fmt.Errorf("read back %d ids for %d rows of delay_queue_log", len(receipts), len(jobs))
	}
	return receipts, nil
}

// The columns of a new row, and those of its unique key.
const (
	pushColumns = "name, exec_cmd, params, status, exec_time, exec_ms, max_attempts, timeout_ms, max_late_ms, token, create_time, update_time"
	keyColumns  = ", unique_key, unique_for, unique_hash"
)

// insert writes one statement's rows and returns the id of the first. With keys, it
// passes over those whose key is taken, and the id says nothing.
func (in *insertion) insert(ctx context.Context, jobs []core.DelayQueuePushParams, keys bool) (uint64, error) {
	columns, row, unless := pushColumns, "?,?,?,1,?,?,?,?,?,?,"+in.db.Dialect.Now()+","+in.db.Dialect.Now(), ""
	if keys {
		columns, row, unless = columns+keyColumns, row+",?,?,?", " ON DUPLICATE KEY UPDATE id = id"
		if in.db.Dialect == sqldb.SQLite {
			unless = " ON CONFLICT (unique_hash) DO NOTHING"
		}
	}
	args := make([]any, 0, 12*len(jobs))
	for i := range jobs {
		p := &jobs[i]
		due := dueMillis(p, in.now)
		args = append(args, p.Name, p.ExecCmd, p.Params, due/1000, due%1000, p.MaxAttempts, p.TimeoutMs, p.MaxLateMs, in.token)
		if keys {
			args = append(args, p.UniqueKey, p.UniqueFor, UniqueHash(p.ExecCmd, p.UniqueKey))
		}
	}
	res, err := in.tx.ExecContext(ctx, "INSERT INTO delay_queue_log ("+columns+") VALUES ("+
		row+strings.Repeat("),("+row, len(jobs)-1)+")"+unless, args...)
	if err != nil {
		return 0, fmt.Errorf("inserting %d rows: %w", len(jobs), err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, fmt.Errorf("reading the id of the inserted row: %w", err)
	}
	if in.db.Dialect == sqldb.SQLite { // where it is the last row's id, and nobody else writes meanwhile
		id -= int64(len(jobs)) - 1
	}
	return uint64(id), nil
}

func (in *insertion) readBack(ctx context.Context, first uint64) ([]uint64, error) {
	ids, err := sqldb.Column[uint64](in.tx.QueryContext(ctx, "SELECT id FROM delay_queue_log WHERE id >= ? AND token = ? ORDER BY id", first, in.token))
	if err != nil {
		return nil, fmt.Errorf("reading back the ids: %w", err)
	}
	return ids, nil
}

// dueMillis returns when the job is due, given the database's clock in
// microseconds: rounded up, so that no job is early.
func dueMillis(p *core.DelayQueuePushParams, now int64) int64 {
	if p.ExecTime != 0 {
		return int64(p.ExecTime)*1000 + int64(p.ExecMs)
	}
	return (now+999)/1000 + p.DelayTime*1000 + p.DelayMs
}
