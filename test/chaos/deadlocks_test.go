//go:build unix

package chaos_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"
)

// brawl forces deadlocks upon the daemons. Their statements lock rows from the lowest id
// up; it takes them from the highest down, and has so many changes of its own to lose
// that the server gives up the daemon's statement and not this one.
type brawl struct {
	t      *testing.T
	db     *sqldb.DB
	cancel context.CancelFunc
	task   sync.WaitGroup

	mu     sync.Mutex
	spells int
	rows   int // locked
	lost   int // deadlocks of which the brawl was the victim
	all    int // deadlocks, as far as the server counts them
	told   int // what the server said last
}

const ballast = 600 // rows that the brawl changes, more than any statement of a daemon

func newBrawl(t *testing.T, db *sqldb.DB) *brawl {
	_, err := db.ExecContext(t.Context(), "CREATE TABLE chaos_ballast (n int)")
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	b := &brawl{t: t, db: db, cancel: cancel}
	b.task.Go(func() {
		for outage.Sleep(ctx, 20*time.Millisecond) {
			if b.fighting() {
				b.fight(ctx)
				b.ask(ctx)
			}
		}
	})
	t.Cleanup(b.end)
	return b
}

func (b *brawl) start() { b.change(1) }
func (b *brawl) pause() { b.change(-1) }

func (b *brawl) change(n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.spells += n
}

func (b *brawl) fighting() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.spells > 0
}

// succeeded tells whether there was a deadlock that a daemon or a pusher lost.
func (b *brawl) succeeded() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all > b.lost
}

// end ends it; it may be called again.
func (b *brawl) end() {
	b.cancel()
	b.task.Wait()
}

// fight is one transaction, which changes no job. The database may be away.
func (b *brawl) fight(ctx context.Context) {
	ids, err := sqldb.Column[uint64](b.db.QueryContext(ctx,
		"SELECT id FROM delay_queue_log WHERE status IN (1, 2) ORDER BY exec_time LIMIT 100"))
	if err != nil || len(ids) == 0 {
		return
	}
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return
	}
	defer func() { _ = tx.Rollback() }() // it has changed nothing that matters
	if _, err := tx.ExecContext(ctx, "INSERT INTO chaos_ballast VALUES (1)"+strings.Repeat(", (1)", ballast-1)); err != nil {
		return
	}
	for len(ids) > 0 {
		highest := 0
		for i := range ids {
			if ids[i] > ids[highest] {
				highest = i
			}
		}
		_, err := tx.ExecContext(ctx, "UPDATE delay_queue_log SET update_time = update_time WHERE id = ?", ids[highest])
		b.count(err)
		if err != nil || !outage.Sleep(ctx, time.Millisecond) {
			return
		}
		ids = append(ids[:highest], ids[highest+1:]...)
	}
}

// ask adds up how many deadlocks the server has seen; a restart lets it forget them.
func (b *brawl) ask(ctx context.Context) {
	var n int
	if err := b.db.QueryRowContext(ctx, "SELECT COUNT FROM information_schema.INNODB_METRICS WHERE NAME = 'lock_deadlocks'").Scan(&n); err != nil {
		return // it is away
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if n < b.told {
		b.told = 0
	}
	b.all, b.told = b.all+n-b.told, n
}

func (b *brawl) count(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var problem *mysql.MySQLError
	switch {
	case err == nil:
		b.rows++
	case errors.As(err, &problem) && problem.Number == 1213:
		b.lost++
	}
}
