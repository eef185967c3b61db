package sqldb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// txTries is how often InTx runs its function before it gives up on a conflict.
const txTries = 8

// CommitError says that the commit itself failed. Where Away is true of it, the
// transaction may nevertheless have been committed.
type CommitError struct{ Err error }

func (e *CommitError) Error() string { return "committing: " + e.Err.Error() }

// Unwrap returns the driver's error.
func (e *CommitError) Unwrap() error { return e.Err }

// InTx runs f in a transaction and commits. Its isolation is that of the sessions of
// the pool: asking for another one would take a round trip of its own.
//
// After a conflict it rolls back and runs f again from the start, with a short random
// pause: a deadlock has already rolled everything back, so repeating only the last
// statement would run it outside of any transaction.
//
// f must therefore have no effect outside of tx. ctx bounds all of it.
func (db *DB) InTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	for try := 1; ; try++ {
		began := time.Now()
		err := db.oneTx(ctx, f)
		if err == nil || !Conflict(err) || try == txTries || LockWait(err) && tooLate(ctx, time.Since(began)) {
			return err
		}
		pause := time.Duration(1+rand.IntN(4<<try)) * time.Millisecond
		select {
		case <-ctx.Done():
			return errors.Join(err, ctx.Err())
		case <-time.After(pause):
		}
	}
}

// tooLate tells whether ctx ends before another wait for a lock would: the caller is
// better served with what the server said than with "deadline exceeded".
func tooLate(ctx context.Context, wait time.Duration) bool {
	end, bounded := ctx.Deadline()
	return bounded && time.Until(end) < wait
}

func (db *DB) oneTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("beginning a transaction: %w", err)
	}
	if err := f(tx); err != nil {
		// The error of f says what went wrong; a failed rollback only means that
		// the connection is gone, and the server rolls back by itself.
		_ = tx.Rollback()
		return err
	}
	err = tx.Commit()
	if errors.Is(err, sql.ErrTxDone) && ctx.Err() != nil { // whose end has rolled it back
		err = ctx.Err()
	}
	if err != nil {
		return &CommitError{err}
	}
	return nil
}
