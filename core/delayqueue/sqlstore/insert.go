package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// insertion is the writing of one push, within a transaction.
type insertion struct {
	*Store
	tx    queryer
	now   int64  // the database's clock, Unix microseconds
	step  uint64 // from one id to the next in this session; a cluster may count in larger ones
	token uint64 // of this push, where rows have to be found again, until they are claimed
}

func (s *Store) begin(ctx context.Context, tx queryer) (*insertion, error) {
	in := &insertion{Store: s, tx: tx, token: delayqueue.NewToken()}
	step := "1"
	if s.db.Dialect != sqldb.SQLite {
		step = "@@auto_increment_increment"
	}
	if err := tx.QueryRowContext(ctx, "SELECT "+s.db.Dialect.NowMicros()+", "+step).Scan(&in.now, &in.step); err != nil {
		return nil, fmt.Errorf("reading the database's clock: %w", err)
	}
	return in, nil
}

// plain stores jobs without unique keys. The rows of one such statement have ids in
// a row; where the steps are larger, they are read back.
func (in *insertion) plain(ctx context.Context, jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error) {
	receipts := make([]delayqueue.Receipt, 0, len(jobs))
	for chunk := range slices.Chunk(jobs, rowsPerInsert) {
		first, err := in.insert(ctx, chunk, false)
		if err != nil {
			return nil, err
		}
		if in.step == 1 || len(chunk) == 1 {
			for i := range chunk {
				receipts = append(receipts, delayqueue.Receipt{ID: first + uint64(i)})
			}
			continue
		}
		ids, err := in.readBack(ctx, first)
		if err != nil {
			return nil, err
		}
		for _, id := range ids {
			receipts = append(receipts, delayqueue.Receipt{ID: id})
		}
	}
	if len(receipts) != len(jobs) {
		return nil, fmt.Errorf("read back %d ids for %d rows of delay_queue_log", len(receipts), len(jobs))
	}
	return receipts, nil
}

// column is one of a new row. Numbers are written into the statement, which is quicker
// than an argument for each.
type column struct {
	name   string
	number func(p *core.DelayQueuePushParams) int64
	value  func(p *core.DelayQueuePushParams) any // where it is no number
}

// columns are those that the jobs need: a shorter statement is worked off faster.
func (in *insertion) columns(jobs []core.DelayQueuePushParams, keys bool) []column {
	all := []column{
		{name: "exec_time", number: func(p *core.DelayQueuePushParams) int64 { return delayqueue.DueMillis(p, in.now) / 1000 }},
		{name: "exec_ms", number: func(p *core.DelayQueuePushParams) int64 { return delayqueue.DueMillis(p, in.now) % 1000 }},
		{name: "max_attempts", number: func(p *core.DelayQueuePushParams) int64 { return int64(p.MaxAttempts) }},
		{name: "timeout_ms", number: func(p *core.DelayQueuePushParams) int64 { return p.TimeoutMs }},
		{name: "max_late_ms", number: func(p *core.DelayQueuePushParams) int64 { return p.MaxLateMs }},
		{name: "unique_for", number: func(p *core.DelayQueuePushParams) int64 { return p.UniqueFor }},
	}
	needed := slices.DeleteFunc(all, func(c column) bool {
		for i := range jobs {
			if c.number(&jobs[i]) != 0 {
				return false
			}
		}
		return true
	})
	if keys || in.step != 1 {
		needed = append(needed, column{name: "token", number: func(*core.DelayQueuePushParams) int64 { return int64(in.token) }})
	}
	needed = append(needed,
		column{name: "name", value: func(p *core.DelayQueuePushParams) any { return p.Name }},
		column{name: "exec_cmd", value: func(p *core.DelayQueuePushParams) any { return p.ExecCmd }},
		column{name: "params", value: func(p *core.DelayQueuePushParams) any { return p.Params }})
	if keys {
		needed = append(needed, column{name: "unique_key", value: func(p *core.DelayQueuePushParams) any { return p.UniqueKey }})
	}
	return needed
}

// statement returns the INSERT for the jobs, with its arguments.
func (in *insertion) statement(jobs []core.DelayQueuePushParams, keys bool) (string, []any) {
	columns := in.columns(jobs, keys)
	var query strings.Builder
	query.Grow(200 + 80*len(jobs))
	query.WriteString("INSERT INTO delay_queue_log (status, create_time, update_time")
	for _, c := range columns {
		query.WriteString(", " + c.name)
	}
	if keys {
		query.WriteString(", unique_hash")
	}
	query.WriteString(") VALUES ")
	fixed := "(1," + in.db.Dialect.Now() + "," + in.db.Dialect.Now()
	args := make([]any, 0, len(columns)*len(jobs))
	var digits [20]byte
	for i := range jobs {
		if i > 0 {
			query.WriteByte(',')
		}
		query.WriteString(fixed)
		for _, c := range columns {
			query.WriteByte(',')
			if c.number != nil {
				query.Write(strconv.AppendInt(digits[:0], c.number(&jobs[i]), 10))
				continue
			}
			query.WriteByte('?')
			args = append(args, c.value(&jobs[i]))
		}
		if keys {
			query.WriteString("," + literal(delayqueue.UniqueHash(jobs[i].ExecCmd, jobs[i].UniqueKey)))
		}
		query.WriteByte(')')
	}
	query.WriteString(in.unless(keys))
	return query.String(), args
}

// insert writes one statement's rows and returns the id of the first. With keys, it
// passes over those whose key is taken, and the id says nothing.
func (in *insertion) insert(ctx context.Context, jobs []core.DelayQueuePushParams, keys bool) (uint64, error) {
	query, args := in.statement(jobs, keys)
	res, err := in.tx.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, fmt.Errorf("inserting %d rows: %w", len(jobs), err)
	}
	id, err := res.LastInsertId()
	if err != nil {
		return 0, fmt.Errorf("reading the id of the inserted row: %w", err)
	}
	if in.db.Dialect == sqldb.SQLite { // where it is the last row's id, and nobody else writes meanwhile
		id -= int64(len(jobs)) - 1
	}
	return uint64(id), nil
}

// unless ends a statement that passes over rows whose key is taken.
func (in *insertion) unless(keys bool) string {
	switch {
	case !keys:
		return ""
	case in.db.Dialect == sqldb.SQLite:
		return " ON CONFLICT (unique_hash) DO NOTHING"
	}
	return " ON DUPLICATE KEY UPDATE id = id"
}

func (in *insertion) readBack(ctx context.Context, first uint64) ([]uint64, error) {
	ids, err := sqldb.Column[uint64](in.tx.QueryContext(ctx, "SELECT id FROM delay_queue_log WHERE id >= ? AND token = ? ORDER BY id", first, in.token))
	if err != nil {
		return nil, fmt.Errorf("reading back the ids: %w", err)
	}
	return ids, nil
}
