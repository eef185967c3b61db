package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// Push implements Store. All rows are written in one transaction.
func (s *Store) Push(ctx context.Context, jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error) {
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
func (s *Store) push(ctx context.Context, jobs []core.DelayQueuePushParams) (receipts []delayqueue.Receipt, err error) {
	err = s.db.InTx(ctx, func(tx *sql.Tx) error {
		receipts, err = s.pushInto(ctx, tx, jobs)
		return err
	})
	return receipts, pushError(jobs, err)
}

// PushTx implements Store.
func (s *Store) PushTx(ctx context.Context, tx delayqueue.Tx, jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error) {
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
func (s *Store) pushInto(ctx context.Context, tx queryer, jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error) {
	in, err := s.begin(ctx, tx)
	if err != nil {
		return nil, err
	}
	keyed := func(p core.DelayQueuePushParams) bool { return p.UniqueKey != "" }
	if !slices.ContainsFunc(jobs, keyed) {
		return in.plain(ctx, jobs)
	}
	receipts := make([]delayqueue.Receipt, len(jobs))
	for _, part := range []struct {
		keyed  bool
		insert func(ctx context.Context, jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error)
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
