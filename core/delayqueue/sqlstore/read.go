package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"simplest_script/core/delayqueue"
)

// read returns the running rows of the claim, of which there are up to most, found as
// where begins to say. An older table may allow NULL where nothing else is different
// from the empty text.
func (s *Store) read(ctx context.Context, c delayqueue.Claim, where, limit string, most int) ([]delayqueue.Row, error) {
	query := "SELECT id, COALESCE(name, ''), exec_cmd, COALESCE(params, ''), exec_time * 1000 + exec_ms, due_at, attempts, max_attempts, rescues, timeout_ms, max_late_ms" +
		" FROM delay_queue_log " + where + " AND status = 2 AND owner = ? AND token = ?" + limit
	rows, err := s.db.QueryContext(ctx, query, c.Owner, c.Token)
	if err != nil {
		return nil, fmt.Errorf("reading claimed jobs: %w", err)
	}
	defer rows.Close()
	r := newReader(c.Token)
	claimed := make([]delayqueue.Row, 0, most)
	for rows.Next() {
		if err := r.scan(rows); err != nil {
			return nil, fmt.Errorf("reading claimed jobs: %w", err)
		}
		claimed = append(claimed, r.row)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("reading claimed jobs: %w", err)
	}
	return claimed, nil
}

// reader reads the rows of one claim. These have the same kind, and mostly the same
// name: one text serves for all neighbours that have it.
type reader struct {
	row           delayqueue.Row
	name, kind    sql.RawBytes
	timeout, late int64
	into          []any
}

func newReader(token uint64) *reader {
	r := &reader{}
	row := &r.row
	row.Token = token
	r.into = []any{
		&row.ID, &r.name, &r.kind, &row.Params, &row.Due, &row.FirstDue, &row.Attempts, &row.MaxAttempts, &row.Rescues, &r.timeout, &r.late,
	}
	return r
}

func (r *reader) scan(rows *sql.Rows) error {
	if err := rows.Scan(r.into...); err != nil {
		return err
	}
	row := &r.row
	row.Name, row.ExecCmd = same(row.Name, r.name), same(row.ExecCmd, r.kind)
	row.Timeout, row.MaxLate = time.Duration(r.timeout)*time.Millisecond, time.Duration(r.late)*time.Millisecond
	if row.FirstDue == 0 {
		row.FirstDue = row.Due
	}
	return nil
}

// same returns the text that the bytes are, former where it is that.
func same(former string, bytes []byte) string {
	if former == string(bytes) {
		return former
	}
	return string(bytes)
}
