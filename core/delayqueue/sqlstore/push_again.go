package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/outage"
)

// How often, and how soon, a push whose outcome is open looks what became of it.
const (
	pushLooks     = 8
	pushLookAgain = 100 * time.Millisecond // doubled each time, up to
	pushLookMost  = time.Second
)

// pushAgain finds out what became of a push, and repeats it where nothing was stored.
//
// It asks for the first of the rows by its id, locked, so that it waits for a commit
// that is still on its way. Only keys make repeating safe: where the rows are in
// spite of all there, because the answer came from a server that did not have them
// yet, the repeated ones stay out.
func (s *Store) pushAgain(ctx context.Context, jobs []core.DelayQueuePushParams, receipts []delayqueue.Receipt, unknown error) ([]delayqueue.Receipt, error) {
	pause := pushLookAgain
	for range pushLooks {
		stored, err := s.stored(ctx, jobs, receipts)
		if stored {
			return receipts, nil
		}
		if err == nil {
			receipts, err = s.push(ctx, jobs)
			if !errors.Is(err, core.ErrUnknownOutcome) {
				return receipts, err
			}
		}
		unknown = errors.Join(unknown, err)
		if !outage.Sleep(ctx, pause) {
			break
		}
		pause = min(2*pause, pushLookMost)
	}
	return nil, unknown
}

// stored tells whether the rows of a push are there: all of them or none.
func (s *Store) stored(ctx context.Context, jobs []core.DelayQueuePushParams, receipts []delayqueue.Receipt) (found bool, err error) {
	for i, r := range receipts {
		if r.Existed {
			continue
		}
		// An old server may give the same id again after a restart, so the key is compared.
		query := "SELECT unique_key FROM delay_queue_log WHERE id = ?" + s.db.Dialect.ForUpdate()
		var key string
		err := s.db.InTx(ctx, func(tx *sql.Tx) error { return tx.QueryRowContext(ctx, query, r.ID).Scan(&key) })
		if errors.Is(err, sql.ErrNoRows) {
			return false, nil
		}
		if err != nil {
			return false, fmt.Errorf("looking what became of the push: %w", err)
		}
		return key == jobs[i].UniqueKey, nil
	}
	return true, nil // there was nothing to store
}

// allKeyed tells whether each of the jobs has a unique key.
func allKeyed(jobs []core.DelayQueuePushParams) bool {
	for i := range jobs {
		if jobs[i].UniqueKey == "" {
			return false
		}
	}
	return true
}
