package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"
	"time"

	"simplest_script/core/tool/sqldb"
)

const (
	// takeTurnsFor is how long claims take turns after one of them collided.
	takeTurnsFor = time.Minute
	// noTurnsFor is how long nobody's turn is waited for after a wait was in vain.
	noTurnsFor = 10 * time.Second
	// longestTurn is how long a turn is waited for, in seconds; MySQL rounds it up to one.
	longestTurn = "0.5"
	// endTurn bounds the statement that ends a turn, within what is left of the claim's time.
	endTurn = 2 * time.Second
	// turnName names the lock of a kind; such names are the whole server's.
	turnName = "CONCAT('simplest_script ', LEFT(SHA2(CONCAT(DATABASE(), ' ', ?), 256), 40))"
)

// turns lets daemons that claim jobs of the same kind do it one after another, by a
// lock of the server. Each would else look at the same rows and find most of them
// taken when it takes them: eight daemons would together claim a third of what one
// does.
//
// It is only an optimisation, and used only at the beginning and for a while after a
// claim has collided with another: what makes claims safe is the guard of their
// statement. Where the server has no such lock, or its holder is halted, claims go
// on without it.
type turns struct {
	begun time.Time

	mu       sync.Mutex
	collided map[string]time.Time // by kind
	inVain   time.Time            // when the lock was last not to be had
}

func newTurns() *turns { return &turns{begun: time.Now(), collided: map[string]time.Time{}} }

// note remembers whether a claim found rows that another one had taken meanwhile.
func (t *turns) note(kind string, collided bool) {
	if !collided {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.collided[kind] = time.Now()
}

func (t *turns) useful(kind string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	at, collided := t.collided[kind]
	if !collided {
		at = t.begun
	}
	return time.Since(at) < takeTurnsFor && (t.inVain.IsZero() || time.Since(t.inVain) >= noTurnsFor)
}

func (t *turns) failed() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.inVain = time.Now()
}

// turn waits until it is this daemon's turn to claim jobs of the kind, where that
// is useful, and returns where its statements are to be sent, and what ends the turn.
func (s *Store) turn(ctx context.Context, kind string) (q queryer, end func()) {
	if s.db.Dialect == sqldb.SQLite || !s.turns.useful(kind) {
		return s.db, func() {}
	}
	conn, err := s.db.Conn(ctx)
	if err != nil {
		return s.db, func() {} // the claim will meet the same error, and report it
	}
	var mine sql.NullInt64
	err = conn.QueryRowContext(ctx, "SELECT GET_LOCK("+turnName+", "+longestTurn+")", kind).Scan(&mine)
	if err != nil || mine.Int64 != 1 {
		s.turns.failed()
		_ = conn.Close()
		return s.db, func() {}
	}
	return conn, func() { unlock(ctx, conn, kind) }
}

// unlock gives the lock back, in the worst case with the connection. Where the claim's
// time is over it is that at once: whoever claims has no more of it than it may be silent.
func unlock(ctx context.Context, conn *sql.Conn, kind string) {
	ctx, cancel := context.WithTimeout(ctx, endTurn)
	defer cancel()
	if _, err := conn.ExecContext(ctx, "DO RELEASE_LOCK("+turnName+")", kind); err != nil {
		_ = conn.Raw(func(any) error { return driver.ErrBadConn }) // closes it
	}
	_ = conn.Close()
}
