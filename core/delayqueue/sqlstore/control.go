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

// freed is the assignment that frees the unique key of a job which comes to an end.
// One that stays taken for a while is freed by the next push, or by the sweep.
const freed = "unique_hash = CASE WHEN unique_for > 0 THEN unique_hash END"

// Cancel implements Store.
func (s *Store) Cancel(ctx context.Context, ids []uint64, reason string) (map[uint64]delayqueue.Answer, error) {
	reason, _ = delayqueue.Fit(reason)
	assignments := "status = 6, result = ?, end_time = " + s.db.Dialect.NowMillis() + ", " + freed
	return s.change(ctx, ids, "cancelling", delayqueue.Request{Action: delayqueue.ToCancel, Reason: reason}, assignments, reason)
}

// Move implements Store.
func (s *Store) Move(ctx context.Context, ids []uint64, due int64) (map[uint64]delayqueue.Answer, error) {
	if due == 0 {
		now, err := s.now(ctx, s.db)
		if err != nil {
			return nil, err
		}
		due = (now + 999) / 1000
	}
	if err := delayqueue.CheckDue(due / 1000); err != nil { // a daemon that is asked could never do it
		return nil, fmt.Errorf("moving %d jobs: %w", len(ids), err)
	}
	return s.change(ctx, ids, "moving", delayqueue.Request{Action: delayqueue.ToMove, Due: due}, moved, due/1000, due%1000)
}

// moved are the assignments of a job that waits for another time.
const moved = "status = 1, exec_time = ?, exec_ms = ?"

// nobodys is the condition that a job waits, or is held, or was left running by the
// original program: there is no daemon to be asked, and who changes it has decided.
const nobodys = "(status IN (1, 5) OR status = 2 AND owner = '')"

// change does what is asked to those of the jobs that nobody has, and asks the daemons
// of those that run. A row can begin or stop waiting between any two statements, so
// what counts is how it stands at the end; a request that nobody has to act on any
// more is removed by the daemons.
func (s *Store) change(ctx context.Context, ids []uint64, doing string, r delayqueue.Request, assignments string, args ...any) (map[uint64]delayqueue.Answer, error) {
	answers := make(map[uint64]delayqueue.Answer, len(ids))
	for chunk := range slices.Chunk(slices.Sorted(slices.Values(ids)), delayqueue.RowsPerList) {
		query := "UPDATE delay_queue_log " + s.listed() + " SET " + assignments + ", update_time = " + s.db.Dialect.Now() +
			" WHERE id " + among(chunk) + " AND " + nobodys
		err := s.unask(ctx, chunk)
		if err == nil {
			err = s.repeat(ctx, func() error {
				_, err := s.db.ExecContext(ctx, query, args...)
				return err
			})
		}
		if err == nil {
			err = s.ask(ctx, chunk, r, answers)
		}
		if err != nil {
			return answers, fmt.Errorf("%s %d jobs: %w", doing, len(chunk), err)
		}
	}
	return answers, nil
}

// unask removes what was asked of the jobs before: the newest request counts.
func (s *Store) unask(ctx context.Context, ids []uint64) error {
	_, err := s.db.ExecContext(ctx, "DELETE FROM script_delay_request WHERE job_id "+among(ids))
	return err
}

// standing is how a job stands.
type standing struct {
	id     uint64
	status core.DelayStatus
	due    int64
}

// is tells whether the job stands as r asks for.
func (j standing) is(r delayqueue.Request) bool {
	return r.Action == delayqueue.ToCancel && j.status == core.DelayCancelled || r.Action == delayqueue.ToMove && j.status == core.DelayWaiting && j.due == r.Due
}

// ask fills in the answers and leaves requests about the jobs that are not yet as
// they should be: those that run, and those that have begun to wait only now.
func (s *Store) ask(ctx context.Context, ids []uint64, r delayqueue.Request, answers map[uint64]delayqueue.Answer) error {
	jobs, err := sqldb.Collect(func(rows *sql.Rows) (j standing, err error) {
		err = rows.Scan(&j.id, &j.status, &j.due)
		return j, err
	})(s.db.QueryContext(ctx, "SELECT id, status, exec_time * 1000 + exec_ms FROM delay_queue_log WHERE id "+among(ids)))
	if err != nil {
		return err
	}
	for _, j := range jobs {
		switch {
		case j.is(r):
			answers[j.id] = delayqueue.Changed
		case j.status.Final():
			answers[j.id] = delayqueue.Ended
		default:
			answers[j.id] = delayqueue.Requested
			_, err := s.db.ExecContext(ctx, "REPLACE INTO script_delay_request (job_id, action, due, reason, created_at) VALUES (?, ?, ?, ?, "+s.db.Dialect.NowMillis()+")",
				j.id, r.Action, r.Due, r.Reason)
			if err != nil {
				return fmt.Errorf("asking the daemon of job %d: %w", j.id, err)
			}
		}
	}
	return nil
}
