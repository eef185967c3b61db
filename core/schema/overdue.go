package schema

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"simplest_script/core/tool/sqldb"
)

// Decision is what becomes of the jobs that an original installation left behind.
type Decision string

// The decisions.
const (
	Run  Decision = "run"  // they are due at once
	Skip Decision = "skip" // they never run
)

const (
	samples     = 10   // jobs of a group that Overdue shows
	decideChunk = 1000 // jobs that one statement of Decide changes
	skipResult  = "skipped: overdue at adoption"
)

// Unfinished is the jobs that an original installation left behind, and that wait
// for a person's decision.
type Unfinished struct {
	// Held jobs were waiting and overdue when the machine took the table over.
	Held Group
	// Ownerless jobs are running according to their status, and no daemon of this
	// machine runs them: their process died, or it is an original program that
	// still works on them.
	Ownerless Group
}

// Group is a number of jobs, and a few of them.
type Group struct {
	Count   int
	Samples []Job
}

// Job is a row of delay_queue_log, as far as people need to recognise it.
type Job struct {
	ID       uint64
	Name     string
	ExecCmd  string
	ExecTime int64 // Unix seconds
}

// The rows of the two groups.
const (
	held      = "status = 5"
	ownerless = "status = 2 AND owner = ''"
)

// Overdue lists what waits for a decision. It only reads.
func Overdue(ctx context.Context, db *sqldb.DB) (u Unfinished, err error) {
	if u.Held, err = group(ctx, db, held); err != nil {
		return u, fmt.Errorf("listing jobs that were overdue at adoption: %w", err)
	}
	if u.Ownerless, err = group(ctx, db, ownerless); err != nil {
		return u, fmt.Errorf("listing running jobs without an owner: %w", err)
	}
	return u, nil
}

func group(ctx context.Context, db *sqldb.DB, condition string) (g Group, err error) {
	from := " FROM delay_queue_log WHERE " + condition
	if err := db.QueryRowContext(ctx, "SELECT COUNT(*)"+from).Scan(&g.Count); err != nil || g.Count == 0 {
		return g, err
	}
	g.Samples, err = sqldb.Collect(func(rows *sql.Rows) (j Job, err error) {
		err = rows.Scan(&j.ID, &j.Name, &j.ExecCmd, &j.ExecTime)
		return j, err
	})(db.QueryContext(ctx, "SELECT id, name, exec_cmd, exec_time"+from+" ORDER BY exec_time, id LIMIT ?", samples))
	return g, err
}

// Decide lets all that Overdue lists run or skips it, and returns how many jobs
// of each group it changed. An original program that still runs must be stopped
// before, for what it is working on is ownerless. After an error it can be called
// again.
func Decide(ctx context.Context, db *sqldb.DB, d Decision) (heldJobs, ownerlessJobs int, err error) {
	set := "status = 1"
	switch d {
	case Run:
	case Skip:
		set = "status = 7, result = '" + skipResult + "', end_time = " + db.Dialect.NowMillis()
	default:
		return 0, 0, fmt.Errorf("deciding about overdue jobs: %q is neither %s nor %s", d, Run, Skip)
	}
	set += ", update_time = " + db.Dialect.Now()
	if heldJobs, err = change(ctx, db, set, held); err != nil {
		return heldJobs, 0, fmt.Errorf("deciding about jobs that were overdue at adoption: %w", err)
	}
	if ownerlessJobs, err = change(ctx, db, set, ownerless); err != nil {
		return heldJobs, ownerlessJobs, fmt.Errorf("deciding about running jobs without an owner: %w", err)
	}
	return heldJobs, ownerlessJobs, nil
}

// change sets the rows of the condition, a chunk at a time in a transaction of its
// own, until there is none. The ids are read first because not every dialect
// limits an UPDATE.
func change(ctx context.Context, db *sqldb.DB, set, condition string) (changed int, err error) {
	for {
		ids, err := sqldb.Column[uint64](db.QueryContext(ctx, "SELECT id FROM delay_queue_log WHERE "+condition+" LIMIT ?", decideChunk))
		if err != nil || len(ids) == 0 {
			return changed, err
		}
		slices.Sort(ids)
		args := make([]any, len(ids))
		for i, id := range ids {
			args[i] = id
		}
		var n int64
		err = db.InTx(ctx, func(tx *sql.Tx) error {
			res, err := tx.ExecContext(ctx, "UPDATE delay_queue_log SET "+set+
				" WHERE id IN ("+sqldb.Placeholders(len(ids))+") AND "+condition, args...)
			if err != nil {
				return err
			}
			n, err = res.RowsAffected()
			return err
		})
		if err != nil {
			return changed, err
		}
		changed += int(n)
	}
}
