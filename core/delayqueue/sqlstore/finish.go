package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// MarkStarted implements Store.
func (s *Store) MarkStarted(ctx context.Context, owner string, row delayqueue.Held) (bool, error) {
	query := "UPDATE delay_queue_log SET start_time = " + s.db.Dialect.NowMillis() + " WHERE id = ? AND status = 2 AND owner = ? AND token = ?"
	var changed int64
	err := s.repeat(ctx, func() error {
		res, err := s.db.ExecContext(ctx, query, row.ID, owner, row.Token)
		if err != nil {
			return err
		}
		changed, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return false, fmt.Errorf("marking job %d as started: %w", row.ID, err)
	}
	return changed == 1, nil
}

// Finish implements Store: one statement for those that have come to an end and
// one for those that are tried again, up to 500 rows each; those with successors
// have transactions of their own. A row keeps the token of the claim that recorded its
// outcome, so where fewer rows changed than were named, they are read: this token with
// this status means that an earlier try of this call had been committed after all,
// anything else that the row was lost. Of rows that others hold, see finishing.
func (s *Store) Finish(ctx context.Context, owner string, outcomes []delayqueue.Outcome) ([]uint64, error) {
	outcomes = slices.Clone(outcomes)
	slices.SortFunc(outcomes, byStep)
	first := func(of step) int {
		at, _ := slices.BinarySearchFunc(outcomes, of, func(o delayqueue.Outcome, of step) int { return cmp.Compare(stepOf(o), of) })
		return at
	}
	retried, ended, chained := outcomes[:first(ending)], outcomes[first(ending):first(chaining)], outcomes[first(chaining):]
	f := finishing{Store: s, ids: appendIDs(nil, outcomes)}
	for _, group := range [][]delayqueue.Outcome{retried, ended} {
		for chunk := range slices.Chunk(group, delayqueue.RowsPerGroup) {
			err := f.record(ctx, chunk, func(os []delayqueue.Outcome) ([]uint64, error) { return s.recordChunk(ctx, owner, os) })
			if err != nil {
				return nil, fmt.Errorf("recording %d outcomes: %w", len(chunk), err)
			}
		}
	}
	for chunk := range byTransaction(chained) {
		err := f.record(ctx, chunk, func(os []delayqueue.Outcome) ([]uint64, error) { return s.finishAndPush(ctx, owner, os) })
		if err != nil {
			return nil, fmt.Errorf("recording %d outcomes and pushing %d successors: %w", len(chunk), len(successorsOf(chunk)), err)
		}
	}
	return f.result()
}

// step is the part of Finish that records an outcome.
type step int

const (
	retrying step = iota
	ending
	chaining
)

func stepOf(o delayqueue.Outcome) step {
	switch {
	case o.Status == core.DelayWaiting:
		return retrying
	case o.Status == core.DelayDone && len(o.Successors) > 0:
		return chaining
	}
	return ending
}

// byStep sorts outcomes by step, and by id so that all statements lock rows in one order.
// Sorted once, the steps are ranges of one list.
func byStep(a, b delayqueue.Outcome) int {
	return cmp.Or(cmp.Compare(stepOf(a), stepOf(b)), cmp.Compare(a.ID, b.ID))
}

func (s *Store) recordChunk(ctx context.Context, owner string, os []delayqueue.Outcome) ([]uint64, error) {
	if err := s.noteErrors(ctx, owner, os); err != nil {
		return nil, err
	}
	return s.finish(ctx, owner, os)
}

// finish is one autocommitted statement where it can be: it holds no lock while
// this process is halted, as a transaction does between two statements.
func (s *Store) finish(ctx context.Context, owner string, os []delayqueue.Outcome) (lost []uint64, err error) {
	query, args := s.finishStatement(owner, os)
	update := func(q queryer) error {
		n, err := changed(q.ExecContext(ctx, query, args...))
		if lost = nil; err == nil && n < len(os) {
			lost, err = notOurs(ctx, q, os)
		}
		return err
	}
	if !slices.ContainsFunc(os, func(o delayqueue.Outcome) bool { return o.Whole != "" }) {
		err = s.repeat(ctx, func() error { return update(s.db) })
		return lost, err
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if err := update(tx); err != nil {
			return err
		}
		return s.keepWhole(ctx, tx, os, lost)
	})
	return lost, err
}

// finishStatement sets every column that any of the outcomes changes.
func (s *Store) finishStatement(owner string, os []delayqueue.Outcome) (string, []any) {
	id := func(o delayqueue.Outcome) uint64 { return o.ID }
	query := "UPDATE delay_queue_log " + s.listed() + " SET update_time = " + s.db.Dialect.Now()
	set := func(column string, value func(delayqueue.Outcome) int64) {
		query += ", " + column + " = " + perRow(os, id, value, number)
	}
	if os[0].Status == core.DelayWaiting {
		query += ", owner = ''"
		set("exec_time", func(o delayqueue.Outcome) int64 { return o.NextDue / 1000 })
		set("exec_ms", func(o delayqueue.Outcome) int64 { return o.NextDue % 1000 })
		set("due_at", func(o delayqueue.Outcome) int64 { return o.FirstDue })
	} else {
		query += ", " + freed
	}
	set("attempts", func(o delayqueue.Outcome) int64 { return int64(o.Attempts) })
	set("start_time", func(o delayqueue.Outcome) int64 { return o.Started })
	set("end_time", func(o delayqueue.Outcome) int64 { return o.Ended })
	set("late_ms", func(o delayqueue.Outcome) int64 { return lateMillis(o.Late) })
	var args []any
	query += ", result = " + perRow(os, id, func(o delayqueue.Outcome) string { return o.Result }, func(text []byte, result string) []byte {
		args = append(args, result)
		return append(text, '?')
	})
	set("status", func(o delayqueue.Outcome) int64 { return int64(o.Status) })
	rows := make([]delayqueue.Held, len(os))
	for i, o := range os {
		rows[i] = o.Held
	}
	return query + " WHERE " + heldCondition(rows), append(args, owner)
}

// lateMillis is what the columns late_ms and late_max can hold: 49 days.
func lateMillis(late time.Duration) int64 {
	const most = 1<<32 - 1
	return min(max(late.Milliseconds(), 0), most)
}

// notOurs returns the ids of rows in which the outcome does not stand.
func notOurs(ctx context.Context, q queryer, os []delayqueue.Outcome) ([]uint64, error) {
	recorded := make(map[delayqueue.Held]core.DelayStatus, len(os))
	_, err := sqldb.Collect(func(rows *sql.Rows) (h delayqueue.Held, err error) {
		var status core.DelayStatus
		err = rows.Scan(&h.ID, &h.Token, &status)
		recorded[h] = status
		return h, err
	})(q.QueryContext(ctx, "SELECT id, token, status FROM delay_queue_log WHERE id "+among(appendIDs(nil, os))))
	if err != nil {
		return nil, err
	}
	var lost []uint64
	for _, o := range os {
		if recorded[o.Held] != o.Status {
			lost = append(lost, o.ID)
		}
	}
	return lost, nil
}

// keepWhole stores the results that do not fit the column result.
func (s *Store) keepWhole(ctx context.Context, tx *sql.Tx, os []delayqueue.Outcome, lost []uint64) error {
	for _, o := range os {
		if o.Whole == "" || slices.Contains(lost, o.ID) {
			continue
		}
		_, err := tx.ExecContext(ctx, "REPLACE INTO script_delay_result (job_id, result, create_time) VALUES (?, ?, "+s.db.Dialect.Now()+")", o.ID, o.Whole)
		if err != nil {
			return fmt.Errorf("keeping the whole result of job %d: %w", o.ID, err)
		}
	}
	return nil
}
