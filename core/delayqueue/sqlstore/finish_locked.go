package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// finishing is one call of Finish. Once it has waited for a row that somebody's
// transaction holds, it leaves out all that are held: each would cost a wait.
type finishing struct {
	*Store
	ids  []uint64 // of all outcomes
	kept []uint64 // of those that are recorded
	held []uint64
	wait error // what the server said of the first that it waited for
	lost []uint64
}

// record lets write record the outcomes whose rows nobody holds. Where the server
// cannot tell who holds what, or it is something else than a row, such as the key of a
// successor, it returns what write does.
func (f *finishing) record(ctx context.Context, os []delayqueue.Outcome, write func([]delayqueue.Outcome) ([]uint64, error)) error {
	os = f.without(os)
	if len(os) == 0 {
		return nil
	}
	lost, err := write(os)
	if sqldb.LockWait(err) && f.wait == nil && f.look(ctx) {
		f.wait = err
		return f.record(ctx, os, write)
	}
	if err == nil {
		f.lost = append(f.lost, lost...)
		f.kept = appendIDs(f.kept, os)
	}
	return err
}

// look finds out which rows are held, and returns false where that does not help.
func (f *finishing) look(ctx context.Context) bool {
	open := slices.DeleteFunc(slices.Clone(f.ids), func(id uint64) bool { return slices.Contains(f.kept, id) })
	free, err := f.unlocked(ctx, open)
	if err != nil {
		return false
	}
	f.held = slices.DeleteFunc(open, func(id uint64) bool { return slices.Contains(free, id) })
	return len(f.held) > 0
}

func appendIDs(ids []uint64, os []delayqueue.Outcome) []uint64 {
	for _, o := range os {
		ids = append(ids, o.ID)
	}
	return ids
}

func (f *finishing) without(os []delayqueue.Outcome) []delayqueue.Outcome {
	if len(f.held) == 0 {
		return os
	}
	return slices.DeleteFunc(slices.Clone(os), func(o delayqueue.Outcome) bool { return slices.Contains(f.held, o.ID) })
}

// result is what Finish returns when all has been gone through.
func (f *finishing) result() ([]uint64, error) {
	if len(f.held) == 0 {
		return f.lost, nil
	}
	return f.lost, &delayqueue.LockedError{IDs: f.held, Err: f.wait}
}

// inTx is a transaction that waits for a lock only once: what is best to do then, its
// caller knows.
func (s *Store) inTx(ctx context.Context, f func(tx *sql.Tx) error) error {
	var waited error
	err := s.db.InTx(ctx, func(tx *sql.Tx) error {
		err := f(tx)
		if sqldb.LockWait(err) {
			waited = err
			return errWaited
		}
		return err
	})
	if errors.Is(err, errWaited) {
		return waited
	}
	return err
}

// errWaited ends a transaction that is not to be tried again.
var errWaited = errors.New("waited for a lock")
