//go:build unix

package rig

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"
	"syscall"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig/audit"
)

// Those who push in transactions of their own write a row into this table for each
// job, as business code that has something to remember and something to do.
const businessTable = "CREATE TABLE rig_business (name varchar(100) NOT NULL PRIMARY KEY)"

func makeBusiness(ctx context.Context, db *sqldb.DB) error {
	if _, err := db.ExecContext(ctx, businessTable); err != nil {
		return fmt.Errorf("making the table of business: %w", err)
	}
	return nil
}

// business returns the names of the rows that are there.
func business(ctx context.Context, db *sqldb.DB) ([]string, error) {
	return sqldb.Column[string](db.QueryContext(ctx, "SELECT name FROM rig_business"))
}

// rollBackEach is of how many transactions one is rolled back by who pushes in it.
const rollBackEach = 7

// transact pushes in a transaction that writes rows of its own, before the jobs or
// after them. It writes down before each step what is true if that is the last one.
func (p *pusher) transact(ctx context.Context, jobs []core.DelayQueuePushParams, note audit.Push) audit.PushOutcome {
	p.transactions++
	note.Tx = true
	say := p.journal.telling(note)
	say(audit.Abandoned, nil)
	db, err := p.db(ctx)
	if err != nil {
		return say(audit.Refused, nil)
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return say(audit.Refused, nil)
	}
	defer func() { _ = tx.Rollback() }() // after the commit it changes nothing, and a connection that is gone has done it
	ids, err := p.both(ctx, tx, jobs, note.Names)
	switch {
	case err != nil:
		return say(audit.Refused, nil)
	case p.DieIn > 0 && p.transactions >= p.DieIn: // that of the number may have failed before
		return die()
	case p.transactions%rollBackEach == 3:
		return say(audit.RolledBack, nil)
	}
	say(audit.Unknown, ids)
	if err := tx.Commit(); err != nil {
		return say(audit.Unknown, ids)
	}
	return say(audit.Confirmed, ids)
}

// both writes the caller's rows and the jobs.
func (p *pusher) both(ctx context.Context, tx *sql.Tx, jobs []core.DelayQueuePushParams, names []string) (ids []uint64, err error) {
	remember := func() error {
		args := make([]any, len(names))
		for i, name := range names {
			args[i] = name
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO rig_business (name) VALUES (?)"+strings.Repeat(", (?)", len(names)-1), args...)
		return err
	}
	if p.transactions%2 == 0 {
		if err := remember(); err != nil {
			return nil, err
		}
		return delayqueue.NewDelayQueue().PushTx(ctx, tx, jobs)
	}
	if ids, err = delayqueue.NewDelayQueue().PushTx(ctx, tx, jobs); err != nil {
		return nil, err
	}
	return ids, remember()
}

// die kills this process, in the middle of what it does.
func die() audit.PushOutcome {
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL) // it is our own, and cannot be refused
	select {}                                      // until the signal is here
}
