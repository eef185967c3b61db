package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"simplest_script/core/tool/sqldb"
)

// floor is the least that could do it on the same table with the same indexes:
// plain statements in large batches, one goroutine for each step, no guards
// against other daemons, no retries, no records of who did what.
type floor struct {
	*database
	pushed chan struct{} // a batch was pushed
}

func openFloor(ctx context.Context, p *places) (contender, error) {
	d, err := newDatabase(ctx, p.mysql)
	if err != nil {
		return nil, err
	}
	return &floor{d, make(chan struct{}, 1)}, nil
}

func (f *floor) pushOne(ctx context.Context, j job) error { return f.push(ctx, []job{j}) }

func (f *floor) push(ctx context.Context, jobs []job) error {
	if err := f.insert(ctx, jobs); err != nil {
		return err
	}
	select {
	case f.pushed <- struct{}{}:
	default:
	}
	return nil
}

func (f *floor) insert(ctx context.Context, jobs []job) error {
	args := make([]any, 0, 3*len(jobs))
	for _, j := range jobs {
		ms := j.due.UnixMilli()
		args = append(args, strconv.Itoa(j.index), ms/1000, ms%1000)
	}
	row := "('bench', 'bench', ?, 1, ?, ?, NOW(), NOW())"
	_, err := f.ExecContext(ctx, "INSERT INTO delay_queue_log (name, exec_cmd, params, status, exec_time, exec_ms, create_time, update_time) VALUES "+
		row+strings.Repeat(","+row, len(jobs)-1), args...)
	return err
}

// floorRow is a job that the floor has claimed. Due is in Unix milliseconds.
type floorRow struct {
	id    uint64
	index int
	due   int64
}

// claim takes up to batchRows rows that fall due within so many seconds.
func (f *floor) claim(ctx context.Context, ahead int) ([]floorRow, error) {
	rows, err := f.QueryContext(ctx, "SELECT id, params, exec_time, exec_ms FROM delay_queue_log FORCE INDEX (script_claim)"+
		" WHERE status = 1 AND exec_cmd = 'bench' AND exec_time <= UNIX_TIMESTAMP() + ? ORDER BY exec_time, exec_ms LIMIT ?", ahead, batchRows)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var claimed []floorRow
	for rows.Next() {
		var r floorRow
		var seconds, millis int64
		if err := rows.Scan(&r.id, &r.index, &seconds, &millis); err != nil {
			return nil, err
		}
		r.due = seconds*1000 + millis
		claimed = append(claimed, r)
	}
	if err := rows.Err(); err != nil || len(claimed) == 0 {
		return nil, err
	}
	n, err := f.set(ctx, "status = 2, owner = 'me', token = 1", "status = 1", idsOf(claimed))
	if err == nil && int(n) != len(claimed) {
		err = fmt.Errorf("claimed %d of %d rows", n, len(claimed))
	}
	return claimed, err
}

func idsOf(rows []floorRow) []any {
	ids := make([]any, len(rows))
	for i, r := range rows {
		ids[i] = r.id
	}
	return ids
}

// complete records that the rows are done.
func (f *floor) complete(ctx context.Context, ids []any) error {
	_, err := f.set(ctx, "status = 3, attempts = 1, start_time = 1, end_time = 2", "status = 2 AND owner = 'me' AND token = 1", ids)
	return err
}

func (f *floor) set(ctx context.Context, what, where string, ids []any) (int64, error) {
	res, err := f.ExecContext(ctx, "UPDATE delay_queue_log SET "+what+", update_time = NOW() WHERE id IN ("+
		sqldb.Placeholders(len(ids))+") AND "+where, ids...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}
