package delayqueue

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"simplest_script/core/tool/sqldb"
)

// How many rows one statement names.
const (
	rowsPerInsert = 1000
	rowsPerCase   = 500 // with values of their own
	rowsPerList   = 1000
)

// claimIndex is the index that the statements of one kind walk along.
const claimIndex = "script_claim"

// SQLStore is the Store on MySQL, MariaDB and SQLite. Its statements are the
// same on all of them but for the expressions that sqldb.Dialect names.
type SQLStore struct {
	db *sqldb.DB

	mu     sync.Mutex
	locked map[uint64]time.Time // rows that could not be claimed; see avoid
	turns  *turns
}

var _ Store = (*SQLStore)(nil)

// NewSQLStore returns a store on db, whose tables must be there.
func NewSQLStore(db *sqldb.DB) *SQLStore {
	return &SQLStore{db: db, locked: map[uint64]time.Time{}, turns: newTurns()}
}

// Now implements Store.
func (s *SQLStore) Now(ctx context.Context) (int64, error) {
	return s.now(ctx, s.db)
}

// listed is what follows the name of the table in a statement on rows that are
// listed by id: the server is to find them by that. Along an index of status it
// would wait for rows that others have locked, and lock rows in another order.
func (s *SQLStore) listed() string {
	if s.db.Dialect == sqldb.SQLite {
		return "NOT INDEXED"
	}
	return s.db.Dialect.UseIndex("PRIMARY")
}

// queryer is what a pool and a transaction have in common.
type queryer interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

func (s *SQLStore) now(ctx context.Context, q queryer) (int64, error) {
	var micros int64
	if err := q.QueryRowContext(ctx, "SELECT "+s.db.Dialect.NowMicros()).Scan(&micros); err != nil {
		return 0, fmt.Errorf("reading the database's clock: %w", err)
	}
	return micros, nil
}

// newToken returns a random number that fits a signed column and is never 0,
// which stands for "never claimed".
func newToken() uint64 { return rand.Uint64N(1<<63-1) + 1 }
