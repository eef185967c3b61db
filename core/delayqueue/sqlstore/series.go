package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// ErrMarkMoved says that a series is not where the caller believed it to be:
// somebody else goes on with it.
var ErrMarkMoved = errors.New("the series has been gone on with elsewhere")

// Series is a push in several calls that can be broken off anywhere, also by a
// kill, and be gone on with exactly where it stopped. How far it is, its mark, is
// a row of script_meta that moves in the transaction of the jobs, so that after a
// call without an answer one look at the mark tells whether the jobs are there.
//
// A mark is text of the caller's, at most 500 characters, different each time.
type Series struct {
	store *Store
	name  string
}

// NewSeries returns the series of that id, at most 50 letters and digits. Whether
// it was begun before, Mark tells.
func NewSeries(db *sqldb.DB, id string) *Series {
	return &Series{New(db), "push." + id}
}

// Name is the name of the row of script_meta that holds the mark.
func (s *Series) Name() string { return s.name }

// Begin notes the series with its first mark. It may be repeated.
func (s *Series) Begin(ctx context.Context, mark string) error {
	ignore := "INSERT IGNORE"
	if s.store.db.Dialect == sqldb.SQLite {
		ignore = "INSERT OR IGNORE"
	}
	if _, err := s.store.db.ExecContext(ctx, ignore+" INTO script_meta (name, value) VALUES (?, ?)", s.name, mark); err != nil {
		return fmt.Errorf("noting the beginning of a series of pushes: %w", err)
	}
	return nil
}

// Mark returns the mark, and false where the database knows nothing of the
// series. It waits for a Push that is just being committed or rolled back, by this
// process or by one that is gone: such a transaction has the row locked.
func (s *Series) Mark(ctx context.Context) (mark string, known bool, err error) {
	query := "SELECT value FROM script_meta WHERE name = ?" + s.store.db.Dialect.ForUpdate()
	err = s.store.db.InTx(ctx, func(tx *sql.Tx) error { return tx.QueryRowContext(ctx, query, s.name).Scan(&mark) })
	if errors.Is(err, sql.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("reading how far a series of pushes is: %w", err)
	}
	return mark, true, nil
}

// Push stores all the jobs and moves the mark, or does neither, as Queue.Push; it
// also refuses what that refuses. An error wraps ErrMarkMoved where the mark was
// not from, and core.ErrUnknownOutcome where Mark has to tell what happened.
func (s *Series) Push(ctx context.Context, from, to string, jobs []core.DelayQueuePushParams) (receipts []delayqueue.Receipt, err error) {
	if err := core.CheckPush(jobs); err != nil {
		return nil, err
	}
	err = s.store.db.InTx(ctx, func(tx *sql.Tx) error {
		n, err := changed(tx.ExecContext(ctx, "UPDATE script_meta SET value = ? WHERE name = ? AND value = ?", to, s.name, from))
		if err != nil {
			return err
		}
		if n == 0 {
			return ErrMarkMoved
		}
		receipts, err = s.store.pushInto(ctx, tx, jobs)
		return err
	})
	if err := pushError(jobs, err); err != nil {
		return nil, err
	}
	return receipts, nil
}

// End forgets the series. It may be repeated.
func (s *Series) End(ctx context.Context) error {
	if _, err := s.store.db.ExecContext(ctx, "DELETE FROM script_meta WHERE name = ?", s.name); err != nil {
		return fmt.Errorf("forgetting a series of pushes: %w", err)
	}
	return nil
}

// Check returns why Push would refuse the job, or nil. Each of the joined errors
// wraps core.ErrInvalidPush and begins with "row 0: " and the name of the column.
func Check(job core.DelayQueuePushParams) error {
	return core.CheckPush([]core.DelayQueuePushParams{job})
}
