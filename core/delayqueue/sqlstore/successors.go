package sqlstore

import (
	"context"
	"database/sql"
	"iter"
	"slices"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// successorsPerTx bounds what one transaction of finishing pushes.
const successorsPerTx = 1000

// byTransaction cuts outcomes into what one transaction records, with their successors.
func byTransaction(os []delayqueue.Outcome) iter.Seq[[]delayqueue.Outcome] {
	return func(yield func([]delayqueue.Outcome) bool) {
		for len(os) > 0 {
			n, jobs := 1, len(os[0].Successors)
			for n < min(len(os), delayqueue.RowsPerGroup) && jobs+len(os[n].Successors) <= successorsPerTx {
				jobs += len(os[n].Successors)
				n++
			}
			if !yield(os[:n]) {
				return
			}
			os = os[n:]
		}
	}
}

// finishAndPush is one transaction. It locks the rows that still run under this claim,
// and does both for these alone: of a row that an earlier try recorded, whose answer
// got lost, the successors are there already, and of one that another daemon took
// over there must be none.
func (s *Store) finishAndPush(ctx context.Context, owner string, os []delayqueue.Outcome) (lost []uint64, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		ours, err := s.lockHeld(ctx, tx, owner, os)
		if err != nil {
			return err
		}
		if len(ours) > 0 {
			query, args := s.finishStatement(owner, ours)
			if _, err := tx.ExecContext(ctx, query, args...); err != nil {
				return err
			}
			if err := s.keepWhole(ctx, tx, ours, nil); err != nil {
				return err
			}
			if _, err := s.pushInto(ctx, tx, successorsOf(ours)); err != nil {
				return err
			}
		}
		if lost = nil; len(ours) < len(os) {
			lost, err = notOurs(ctx, tx, os)
		}
		return err
	})
	return lost, err
}

// lockHeld returns the outcomes of those rows that still run under their claims.
func (s *Store) lockHeld(ctx context.Context, tx queryer, owner string, os []delayqueue.Outcome) ([]delayqueue.Outcome, error) {
	rows := make([]delayqueue.Held, len(os))
	for i, o := range os {
		rows[i] = o.Held
	}
	query := "SELECT id FROM delay_queue_log " + s.listed() + " WHERE " + heldCondition(rows) + s.db.Dialect.ForUpdate()
	ids, err := sqldb.Column[uint64](tx.QueryContext(ctx, query, owner))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Clone(os), func(o delayqueue.Outcome) bool { return !slices.Contains(ids, o.ID) }), nil
}

func successorsOf(os []delayqueue.Outcome) (jobs []core.DelayQueuePushParams) {
	for _, o := range os {
		jobs = append(jobs, o.Successors...)
	}
	return jobs
}
