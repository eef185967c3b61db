package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// Claim implements Store in three statements. The first only looks. The second
// takes, guarded by status, so that of several daemons each row goes to one; it
// asks for kind and due time again because they may have been changed since.
// The third reads what was taken as it is now, and only that is ever run.
func (s *Store) Claim(ctx context.Context, c delayqueue.Claim, kind string, ahead time.Duration, limit int) (rows []delayqueue.Row, more bool, err error) {
	ids, err := s.takeDue(ctx, c, kind, ahead, limit)
	if err != nil || len(ids) == 0 {
		return nil, false, err
	}
	more = len(ids) >= min(limit, delayqueue.RowsPerList)
	rows, err = s.read(ctx, c, s.listed()+" WHERE id "+within(ids), "", len(ids))
	return rows, more, err
}

// takeDue is the first two statements. It returns the ids of rows that it asked
// for; some of them may be others' by now.
func (s *Store) takeDue(ctx context.Context, c delayqueue.Claim, kind string, ahead time.Duration, limit int) ([]uint64, error) {
	q, end := s.turn(ctx, kind)
	defer end()
	ids, err := s.due(ctx, q, kind, ahead, limit)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	slices.Sort(ids)
	taken := 0
	locked, err := s.pastLocks(ctx, ids, func(ids []uint64) error {
		n, err := s.take(ctx, q, c, kind, ahead, ids)
		taken += n
		return err
	})
	switch {
	case err == nil:
		s.turns.note(kind, taken < len(ids))
	case sqldb.LockWait(err): // somebody holds some of the rows; the others are ours
		s.avoid(locked)
	default:
		return nil, fmt.Errorf("claiming %d jobs of %s: %w", len(ids), kind, err)
	}
	return ids, nil
}

// take claims those of the rows that are still as they were found.
func (s *Store) take(ctx context.Context, q queryer, c delayqueue.Claim, kind string, ahead time.Duration, ids []uint64) (n int, err error) {
	query := "UPDATE delay_queue_log " + s.listed() + " SET status = 2, owner = ?, token = ?, start_time = 0, update_time = " + s.db.Dialect.Now() +
		" WHERE id " + along(ids) + " AND status = 1 AND exec_cmd = ? AND exec_time <= " + s.db.Dialect.NowSeconds() + " + ?"
	err = s.repeat(ctx, func() (err error) {
		n, err = changed(q.ExecContext(ctx, query, c.Owner, c.Token, kind, wholeSeconds(ahead)))
		return err
	})
	return n, err
}

// due returns the ids of waiting jobs of one kind in the order in which they fall due.
func (s *Store) due(ctx context.Context, q queryer, kind string, ahead time.Duration, limit int) ([]uint64, error) {
	query := "SELECT id FROM delay_queue_log " + s.db.Dialect.UseIndex(ClaimIndex) +
		" WHERE status = 1 AND exec_cmd = ? AND exec_time <= " + s.db.Dialect.NowSeconds() + " + ?" +
		" ORDER BY exec_time, exec_ms LIMIT ?"
	avoided := s.avoided()
	ids, err := sqldb.Column[uint64](q.QueryContext(ctx, query, kind, wholeSeconds(ahead), min(limit, delayqueue.RowsPerList)+len(avoided)))
	if sqldb.Incomparable(err) { // no row can be of this kind
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for due jobs of %s: %w", kind, err)
	}
	ids = slices.DeleteFunc(ids, func(id uint64) bool { return avoided[id] })
	return ids[:min(len(ids), limit, delayqueue.RowsPerList)], nil
}

// Claimed implements Store.
// Claimed asks for some rows at a time: a network that loses large answers must
// not keep it from ever succeeding.
func (s *Store) Claimed(ctx context.Context, c delayqueue.Claim) ([]delayqueue.Row, error) {
	const page = delayqueue.RowsPerGroup
	var all []delayqueue.Row
	for last := uint64(0); ; {
		rows, err := s.read(ctx, c, fmt.Sprintf("WHERE id > %d", last), fmt.Sprintf(" ORDER BY id LIMIT %d", page), page)
		all = append(all, rows...)
		if err != nil || len(rows) < page {
			return all, err
		}
		last = rows[page-1].ID
	}
}

// Owned implements Store.
func (s *Store) Owned(ctx context.Context, owner string) ([]delayqueue.Held, error) {
	rows, err := sqldb.Collect(scanHeld)(s.db.QueryContext(ctx, "SELECT id, token FROM delay_queue_log WHERE status = 2 AND owner = ?", owner))
	if err != nil {
		return nil, fmt.Errorf("listing own running jobs: %w", err)
	}
	return rows, nil
}

func scanHeld(rows *sql.Rows) (h delayqueue.Held, err error) {
	err = rows.Scan(&h.ID, &h.Token)
	return h, err
}

// Release implements Store. The token goes: in a waiting row it would say that the
// claim had recorded an outcome; see Finish.
func (s *Store) Release(ctx context.Context, owner string, rows []delayqueue.Held) (released int, err error) {
	for chunk := range slices.Chunk(byID(rows), delayqueue.RowsPerGroup) {
		query := "UPDATE delay_queue_log " + s.listed() + " SET status = 1, owner = '', token = 0, start_time = 0, update_time = " + s.db.Dialect.Now() + " WHERE " + heldCondition(chunk)
		var n int
		err := s.repeat(ctx, func() (err error) {
			n, err = changed(s.db.ExecContext(ctx, query, owner))
			return err
		})
		if err != nil {
			return released, fmt.Errorf("releasing %d jobs: %w", len(chunk), err)
		}
		released += n
	}
	return released, nil
}

// repeat runs one autocommitted statement again while it loses against others.
func (s *Store) repeat(ctx context.Context, f func() error) error {
	err := f()
	for try := 0; try < 5 && err != nil && sqldb.Conflict(err) && !sqldb.LockWait(err) && ctx.Err() == nil; try++ {
		err = f()
	}
	return err
}

func wholeSeconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
