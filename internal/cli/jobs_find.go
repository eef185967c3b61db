package cli

import (
	"context"
	"fmt"

	"simplest_script/core/delayqueue/inspect"
)

// foundJob is a job wherever it lies.
type foundJob struct {
	*inspect.Detail
	archivedAt int64 // Unix milliseconds; 0: it is in the queue
}

// find looks for a job in the queue and then in the archive: it may be moved there in
// between, and never back.
func (s session) find(ctx context.Context, id uint64) (foundJob, error) {
	i := inspect.New(s.db)
	d, found, err := i.Show(ctx, id)
	if err != nil || found {
		return foundJob{Detail: d}, err
	}
	a, found, err := i.ShowArchived(ctx, id)
	if err != nil {
		return foundJob{}, err
	}
	if !found {
		return foundJob{}, fmt.Errorf("there is no job %d in this database, in the archive neither", id)
	}
	return foundJob{Detail: &a.Detail, archivedAt: a.At}, nil
}

// whereabouts says that a job was archived, and nothing of one in the queue.
func (j foundJob) whereabouts(c clock) string {
	if j.archivedAt == 0 {
		return ""
	}
	return "It was archived " + c.distance(j.archivedAt) + ": it is in the queue no longer, cannot be retried, and the history of its attempts is gone."
}
