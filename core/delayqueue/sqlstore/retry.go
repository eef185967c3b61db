package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// ended is a job that may be tried again by hand.
type ended struct {
	id        uint64
	kind, key string
}

// Retry implements Store. What an earlier try left behind about a job, its whole
// result and requests, goes first: a row that waits may be claimed at once.
func (s *Store) Retry(ctx context.Context, ids []uint64) (map[uint64]delayqueue.Answer, error) {
	answers := make(map[uint64]delayqueue.Answer, len(ids))
	for chunk := range slices.Chunk(slices.Sorted(slices.Values(ids)), delayqueue.RowsPerList) {
		if err := s.retry(ctx, chunk, answers); err != nil {
			return answers, fmt.Errorf("retrying %d jobs: %w", len(chunk), err)
		}
	}
	return answers, nil
}

func (s *Store) retry(ctx context.Context, ids []uint64, answers map[uint64]delayqueue.Answer) error {
	jobs, err := sqldb.Collect(func(rows *sql.Rows) (e ended, err error) {
		err = rows.Scan(&e.id, &e.kind, &e.key)
		return e, err
	})(s.db.QueryContext(ctx, "SELECT id, exec_cmd, unique_key FROM delay_queue_log WHERE id IN ("+sqldb.Placeholders(len(ids))+") AND status IN (4, 6, 7)", anys(ids)...))
	if err != nil {
		return err
	}
	var plain []uint64
	var keyed []ended
	for _, j := range jobs {
		if j.key == "" {
			plain = append(plain, j.id)
		} else {
			keyed = append(keyed, j)
		}
	}
	for _, id := range plain {
		answers[id] = delayqueue.Changed
	}
	if err := s.again(ctx, plain, nil); err != nil {
		return err
	}
	for _, j := range keyed {
		if answers[j.id], err = s.retryKeyed(ctx, j); err != nil {
			return err
		}
	}
	return s.answer(ctx, ids, answers)
}

// retryKeyed looks who has the key first: a job that stays as it is keeps its result.
func (s *Store) retryKeyed(ctx context.Context, j ended) (delayqueue.Answer, error) {
	hash := delayqueue.UniqueHash(j.kind, j.key)
	taken, err := s.Holder(ctx, j.kind, j.key)
	if err != nil {
		return delayqueue.NotFound, err
	}
	if taken != 0 && taken != j.id {
		return delayqueue.KeyTaken, nil
	}
	if _, err = s.db.ExecContext(ctx, "UPDATE delay_queue_log SET unique_hash = NULL WHERE unique_hash = ? AND id <> ? AND "+s.over(), hash, j.id); err != nil {
		return delayqueue.NotFound, fmt.Errorf("freeing a unique key: %w", err)
	}
	err = s.again(ctx, []uint64{j.id}, hash)
	if sqldb.Duplicate(err) { // somebody has just taken it
		return delayqueue.KeyTaken, nil
	}
	return delayqueue.Changed, err
}

// again makes ended jobs wait, with the given hash of their unique key.
func (s *Store) again(ctx context.Context, ids []uint64, hash any) error {
	if len(ids) == 0 {
		return nil
	}
	these := " IN (" + sqldb.Placeholders(len(ids)) + ")"
	for _, table := range []string{"script_delay_result", "script_delay_request"} {
		if _, err := s.db.ExecContext(ctx, "DELETE FROM "+table+" WHERE job_id"+these, anys(ids)...); err != nil {
			return err
		}
	}
	now, err := s.now(ctx, s.db)
	if err != nil {
		return err
	}
	due := (now + 999) / 1000
	query := "UPDATE delay_queue_log " + s.listed() + " SET status = 1, exec_time = ?, exec_ms = ?, due_at = 0, owner = '', token = 0, attempts = 0, rescues = 0, deaths = 0," +
		" result = '', start_time = 0, end_time = 0, late_ms = 0, unique_hash = ?, update_time = " + s.db.Dialect.Now() + " WHERE id" + these + " AND status IN (4, 6, 7)"
	return s.repeat(ctx, func() error {
		_, err := s.db.ExecContext(ctx, query, append([]any{due / 1000, due % 1000, hash}, anys(ids)...)...)
		return err
	})
}

// answer tells of the jobs that are there and were not to be tried again.
func (s *Store) answer(ctx context.Context, ids []uint64, answers map[uint64]delayqueue.Answer) error {
	jobs, err := sqldb.Collect(func(rows *sql.Rows) (j standing, err error) {
		err = rows.Scan(&j.id, &j.status)
		return j, err
	})(s.db.QueryContext(ctx, "SELECT id, status FROM delay_queue_log WHERE id IN ("+sqldb.Placeholders(len(ids))+")", anys(ids)...))
	for _, j := range jobs {
		if answers[j.id] != delayqueue.NotFound {
			continue
		}
		answers[j.id] = delayqueue.Unfinished
		if j.status == core.DelayDone {
			answers[j.id] = delayqueue.Ended
		}
	}
	return err
}

// Holder implements Store.
func (s *Store) Holder(ctx context.Context, kind, key string) (uint64, error) {
	ids, err := sqldb.Column[uint64](s.db.QueryContext(ctx, "SELECT id FROM delay_queue_log WHERE unique_hash = ? AND NOT "+s.over(), delayqueue.UniqueHash(kind, key)))
	if err != nil {
		return 0, fmt.Errorf("looking for the job that holds a unique key: %w", err)
	}
	if len(ids) == 0 {
		return 0, nil
	}
	return ids[0], nil
}
