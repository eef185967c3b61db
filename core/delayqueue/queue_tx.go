package delayqueue

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"simplest_script/core"
)

// Tx is a transaction of the caller's: a *sql.Tx, or tx.Statement.ConnPool of gorm.
type Tx interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// ErrNoTransaction says that PushTx was given a pool or a connection: what it wrote
// there would stay although the caller's transaction is rolled back.
var ErrNoTransaction = errors.New("PushTx wants a transaction that has been begun, not a pool of connections")

// PushTx stores the jobs as a part of the caller's transaction, on the database of
// the daemon: they exist if and only if that is committed. It returns their ids in
// the order given.
//
// Nothing is tried again, because a deadlock has rolled back what the caller did
// before: the error that errors.As finds is the driver's, and the caller repeats the
// transaction. Who has a unique key is seen as that transaction sees it. Nobody is
// told of the jobs before the commit, so one that is due at once starts within about
// a second after it.
func (q *Queue) PushTx(ctx context.Context, tx Tx, jobs []core.DelayQueuePushParams) ([]uint64, error) {
	if err := core.CheckPush(jobs); err != nil || len(jobs) == 0 {
		return nil, err
	}
	if !begun(tx) {
		return nil, fmt.Errorf("%w: it is a %T", ErrNoTransaction, tx)
	}
	store, err := q.open(ctx)
	if err != nil {
		return nil, err
	}
	receipts, err := store.PushTx(ctx, tx, jobs)
	if err != nil {
		return nil, err
	}
	return idsOf(receipts), nil
}

// begun tells a transaction from what can only begin one. Some can do both: nested.
func begun(tx Tx) bool {
	_, ends := tx.(interface{ Commit() error })
	return ends
}
