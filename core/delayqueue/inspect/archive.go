package inspect

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"simplest_script/core/tool/sqldb"
)

// archive is where retired jobs are kept.
const archive = "script_delay_archive"

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
	jobs, err := i.read(ctx, archive+" WHERE id = ?", id)
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

// ListArchived returns archived jobs, the newest first. The archive has no index of
// kinds, statuses or times: whatever the filter asks for is looked for in its newest
// 10,000 jobs, and Searched tells where there are more.
func (i *Inspector) ListArchived(ctx context.Context, f Filter) (l Listing, err error) {
	condition, args := i.archived(f)
	if condition == "" {
		l.Jobs, err = i.read(ctx, archive+" ORDER BY id DESC LIMIT ?", f.Limit)
		return l, err
	}
	few := "(SELECT id AS few_id FROM " + archive + " ORDER BY id DESC LIMIT ?) few"
	args = append([]any{searched}, args...)
	l.Jobs, err = i.read(ctx, few+" JOIN "+archive+" ON id = few_id WHERE "+condition+" ORDER BY id DESC LIMIT ?", append(args, f.Limit)...)
	if err != nil || len(l.Jobs) == f.Limit {
		return l, err
	}
	kept, err := i.count(ctx, archive, nil, searched+1)
	if err != nil {
		return l, fmt.Errorf("counting the archived jobs: %w", err)
	}
	if kept > searched {
		l.Searched = searched
	}
	return l, nil
}

// archived is the filter as a condition; empty: any job fits.
func (i *Inspector) archived(f Filter) (condition string, args []any) {
	all, args := i.searching(f)
	add := func(condition string, value any) {
		all = append(all, condition)
		args = append(args, value)
	}
	if f.Kind != "" {
		add("exec_cmd = ?", f.Kind)
	}
	if f.Status != 0 {
		add("status = ?", f.Status)
	}
	if f.Since != 0 {
		add("exec_time >= ?", f.Since)
	}
	if f.Until != 0 {
		add("exec_time <= ?", f.Until)
	}
	return strings.Join(all, " AND "), args
}
