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
// result and requests, goes in the transaction that makes it wait: who claims it finds
// none of that, and a job that stays as it is keeps all of it.
func (s *Store) Retry(ctx context.Context, ids []uint64) (map[uint64]delayqueue.Answer, error) {
	r := retrial{Store: s, answers: make(map[uint64]delayqueue.Answer, len(ids))}
	for chunk := range slices.Chunk(slices.Sorted(slices.Values(ids)), delayqueue.RowsPerList) {
		if err := r.retry(ctx, chunk); err != nil {
			return r.answers, fmt.Errorf("retrying %d jobs: %w", len(chunk), err)
		}
	}
	return r.answers, nil
}

// retrial is one call of Retry, and what it has done so far.
type retrial struct {
	*Store
	answers map[uint64]delayqueue.Answer
}

func (r *retrial) retry(ctx context.Context, ids []uint64) error {
	jobs, err := sqldb.Collect(func(rows *sql.Rows) (e ended, err error) {
		err = rows.Scan(&e.id, &e.kind, &e.key)
		return e, err
	})(r.db.QueryContext(ctx, "SELECT id, exec_cmd, unique_key FROM delay_queue_log WHERE id "+among(ids)+" AND status IN (4, 6, 7)"))
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
	if err := r.again(ctx, plain, nil); err != nil {
		return err
	}
	for _, j := range keyed {
		if err := r.retryKeyed(ctx, j); err != nil {
			return err
		}
	}
	return r.answer(ctx, ids)
}

// retryKeyed looks who has the key first: most jobs that have to stay as they are cost
// no transaction.
func (r *retrial) retryKeyed(ctx context.Context, j ended) error {
	hash := delayqueue.UniqueHash(j.kind, j.key)
	taken, err := r.Holder(ctx, j.kind, j.key)
	if err != nil {
		return err
	}
	if taken != 0 && taken != j.id {
		r.answers[j.id] = delayqueue.KeyTaken
		return nil
	}
	if _, err = r.db.ExecContext(ctx, "UPDATE delay_queue_log SET unique_hash = NULL WHERE unique_hash = ? AND id <> ? AND "+r.over(), hash, j.id); err != nil {
		return fmt.Errorf("freeing a unique key: %w", err)
	}
	err = r.again(ctx, []uint64{j.id}, hash)
	if sqldb.Duplicate(err) { // somebody has just taken it
		r.answers[j.id] = delayqueue.KeyTaken
		return nil
	}
	return err
}

// again makes those of the jobs wait that are still ended, with the given hash of their
// unique key, and answers for them.
func (r *retrial) again(ctx context.Context, ids []uint64, hash any) error {
	if len(ids) == 0 {
		return nil
	}
	var waiting []uint64
	err := r.inTx(ctx, func(tx *sql.Tx) (err error) {
		waiting, err = r.waitAgain(ctx, tx, ids, hash)
		return err
	})
	if err != nil {
		return err
	}
	for _, id := range waiting {
		r.answers[id] = delayqueue.Changed
	}
	return nil
}

// waitAgain locks the rows before it changes anything: one that somebody else has made
// to wait since it was found may have run and left something new behind.
func (s *Store) waitAgain(ctx context.Context, tx *sql.Tx, ids []uint64, hash any) ([]uint64, error) {
	query := "SELECT id FROM delay_queue_log " + s.listed() + " WHERE id " + among(ids) + " AND status IN (4, 6, 7)" + s.db.Dialect.ForUpdate()
	ids, err := sqldb.Column[uint64](tx.QueryContext(ctx, query))
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	now, err := s.now(ctx, tx)
	if err != nil {
		return nil, err
	}
	due := (now + 999) / 1000
	query = "UPDATE delay_queue_log " + s.listed() + " SET status = 1, exec_time = ?, exec_ms = ?, due_at = 0, owner = '', token = 0, attempts = 0, rescues = 0, deaths = 0," +
		" result = '', start_time = 0, end_time = 0, late_ms = 0, unique_hash = ?, update_time = " + s.db.Dialect.Now() + " WHERE id " + among(ids)
	if _, err := tx.ExecContext(ctx, query, due/1000, due%1000, hash); err != nil {
		return nil, err
	}
	return ids, clearOf(ctx, tx, ids, "script_delay_result", "script_delay_request")
}

// answer tells of the jobs that are there and were not to be tried again.
func (r *retrial) answer(ctx context.Context, ids []uint64) error {
	jobs, err := sqldb.Collect(func(rows *sql.Rows) (j standing, err error) {
		err = rows.Scan(&j.id, &j.status)
		return j, err
	})(r.db.QueryContext(ctx, "SELECT id, status FROM delay_queue_log WHERE id "+among(ids)))
	for _, j := range jobs {
		if r.answers[j.id] != delayqueue.NotFound {
			continue
		}
		r.answers[j.id] = delayqueue.Unfinished
		if j.status == core.DelayDone {
			r.answers[j.id] = delayqueue.Ended
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
