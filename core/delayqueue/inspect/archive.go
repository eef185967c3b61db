package inspect

import (
	"context"
	"database/sql"
	"fmt"

	"simplest_script/core/tool/sqldb"
)

// The tables of jobs.
const (
	queued  = "delay_queue_log"
	archive = "script_delay_archive" // where retired jobs are kept
)

// Archived is a job that is in the queue no longer. The history of its attempts and
// its progress are not kept.
type Archived struct {
	Detail
	At int64 // Unix milliseconds of the database, when it was archived
}

// ShowArchived returns the archived job with that id, or false where there is none.
// A job is moved in one transaction: one that Show does not find is found here
// afterwards, unless it was removed.
func (i *Inspector) ShowArchived(ctx context.Context, id uint64) (*Archived, bool, error) {
	jobs, err := i.read(ctx, archive, archive+" WHERE id = ?", id)
	if err != nil || len(jobs) == 0 {
		return nil, false, err
	}
	found, err := sqldb.Collect(func(rows *sql.Rows) (a Archived, err error) {
		err = rows.Scan(&a.Whole, &a.At)
		return a, err
	})(i.db.QueryContext(ctx, "SELECT COALESCE(whole, ''), archived_at FROM "+archive+" WHERE id = ?", id))
	if err != nil {
		return nil, false, fmt.Errorf("reading when job %d was archived: %w", id, err)
	}
	if len(found) == 0 { // removed since
		return nil, false, nil
	}
	a := &found[0]
	a.Job = jobs[0]
	if a.Owner != "" {
		a.Daemon, err = i.daemon(ctx, a.Owner)
	}
	return a, true, err
}
