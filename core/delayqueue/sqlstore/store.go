// Package sqlstore keeps the jobs of the delay queue in MySQL, MariaDB or SQLite: it is
// the delayqueue.Store, one file for each thing that is asked of it. What all its
// answers must be, on each of the databases, stands in package storetest.
package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"sync"
	"time"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// rowsPerInsert is how many rows one statement inserts.
const rowsPerInsert = 1000

// ClaimIndex is the index that the statements of one kind walk along.
const ClaimIndex = "script_claim"

// Store is the delayqueue.Store on MySQL, MariaDB and SQLite. Its statements are the
// same on all of them but for the expressions that sqldb.Dialect names.
type Store struct {
	db *sqldb.DB

	mu     sync.Mutex
	locked map[uint64]time.Time // rows that could not be claimed; see avoid
	turns  *turns
}

var _ delayqueue.Store = (*Store)(nil)

// New returns a store on db, whose tables must be there.
func New(db *sqldb.DB) *Store {
	return &Store{db: db, locked: map[uint64]time.Time{}, turns: newTurns()}
}

// Now implements Store.
func (s *Store) Now(ctx context.Context) (int64, error) {
	return s.now(ctx, s.db)
}

// ByStatusIndex makes a statement use the index of (status, exec_time). On an
// original installation it may have any name, so the others are excluded there.
func ByStatusIndex(d sqldb.Dialect) string {
	if d == sqldb.SQLite {
		return "INDEXED BY delay_queue_log_status"
	}
	return "IGNORE INDEX (PRIMARY, script_unique, " + ClaimIndex + ")"
}

// queryer is what a pool and a transaction have in common.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *Store) now(ctx context.Context, q queryer) (int64, error) {
	var micros int64
	if err := q.QueryRowContext(ctx, "SELECT "+s.db.Dialect.NowMicros()).Scan(&micros); err != nil {
		return 0, fmt.Errorf("reading the database's clock: %w", err)
	}
	return micros, nil
}
