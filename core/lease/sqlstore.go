package lease

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"simplest_script/core/tool/sqldb"
	"simplest_script/core/tool/text"
)

// whyLimit is the width of the column why, in characters.
const whyLimit = 255

// SQLStore keeps the daemons in the table script_daemon. Each call is one
// statement on one row, but for Living.
type SQLStore struct {
	db *sqldb.DB

	mu    sync.Mutex
	known map[string]Daemon // what never changes of the living, by id; see Living
}

var _ Store = (*SQLStore)(nil)

// NewSQLStore speaks to the table script_daemon of db.
func NewSQLStore(db *sqldb.DB) *SQLStore {
	return &SQLStore{db: db}
}

// Begin implements Store.
func (s *SQLStore) Begin(ctx context.Context, id string, who Identity) error {
	kinds, err := json.Marshal(append([]string{}, who.Kinds...))
	if err != nil {
		return fmt.Errorf("writing the kinds of daemon %s: %w", id, err)
	}
	again := " ON DUPLICATE KEY UPDATE seq = seq + 1"
	if s.db.Dialect == sqldb.SQLite {
		again = " ON CONFLICT (id) DO UPDATE SET seq = seq + 1"
	}
	now := s.db.Dialect.NowMillis()
	_, err = s.db.ExecContext(ctx,
		"INSERT INTO script_daemon (id, seq, dead, why, host, pid, `partition`, env, version, kinds, started_at, beat_at, ended_at)"+
			" VALUES (?, 1, 0, '', ?, ?, ?, ?, ?, ?, "+now+", "+now+", 0)"+again,
		id, who.Host, who.PID, who.Partition, who.Env, who.Version, string(kinds))
	if err != nil {
		return fmt.Errorf("writing the row of daemon %s: %w", id, err)
	}
	return nil
}

// Beat implements Store.
func (s *SQLStore) Beat(ctx context.Context, id string) (alive bool, err error) {
	n, err := s.change(ctx, "UPDATE script_daemon SET seq = seq + 1, beat_at = "+s.db.Dialect.NowMillis()+
		" WHERE id = ? AND dead = 0", id)
	if err != nil {
		return false, fmt.Errorf("beating for daemon %s: %w", id, err)
	}
	return n > 0, nil
}

// Condemn implements Store. The counter in the condition lets a beat that was
// committed since the judge's read win.
func (s *SQLStore) Condemn(ctx context.Context, id string, seq uint64, why string) (bool, error) {
	n, err := s.change(ctx, "UPDATE script_daemon SET dead = 1, why = ?, ended_at = "+s.db.Dialect.NowMillis()+
		" WHERE id = ? AND seq = ? AND dead = 0", text.Cut(why, whyLimit), id, seq)
	if err != nil {
		return false, fmt.Errorf("declaring daemon %s dead: %w", id, err)
	}
	return n > 0, nil
}

// End implements Store.
func (s *SQLStore) End(ctx context.Context, id string) error {
	_, err := s.change(ctx, "UPDATE script_daemon SET dead = 1, why = 'ended', ended_at = "+s.db.Dialect.NowMillis()+
		" WHERE id = ? AND dead = 0", id)
	if err != nil {
		return fmt.Errorf("ending daemon %s: %w", id, err)
	}
	return nil
}

// forgetMost is how many rows Forget deletes at most.
const forgetMost = 100

// Forget implements Store; it deletes a hundred rows at most.
func (s *SQLStore) Forget(ctx context.Context, age time.Duration) (int64, error) {
	// The inner of the two subqueries is there for MySQL, which takes no LIMIT and not
	// the table that it deletes from in the outer one.
	n, err := s.change(ctx, "DELETE FROM script_daemon WHERE id IN (SELECT id FROM"+
		" (SELECT id FROM script_daemon WHERE dead = 1 AND ended_at < "+s.db.Dialect.NowMillis()+" - ? ORDER BY ended_at LIMIT ?) AS old)", age.Milliseconds(), forgetMost)
	if err != nil {
		return 0, fmt.Errorf("deleting the rows of daemons that died long ago: %w", err)
	}
	return n, nil
}

func (s *SQLStore) change(ctx context.Context, statement string, args ...any) (int64, error) {
	res, err := s.db.ExecContext(ctx, statement, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
