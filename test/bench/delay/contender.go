package main

import (
	"context"
	"time"
)

// kindName is the one kind of job that all contenders run.
const kindName = "bench"

// batchRows is how many jobs one bulk push has.
const batchRows = 1000

// workers is how many handlers of a kind a contender may run at once, unless its
// own best is another number.
const workers = 100

// job is what a contender is given: its place in the journal, and when it is due.
type job struct {
	index int
	due   time.Time
}

// contender is one way to keep delay jobs and to run them, on a store of its own
// that is empty at first. Its handlers do nothing but write into the journal.
type contender interface {
	// push stores jobs, in one call where there is one for many.
	push(ctx context.Context, jobs []job) error
	// pushOne stores one job.
	pushOne(ctx context.Context, j job) error
	// work runs what falls due until stop is called, which returns when nothing runs.
	work(ctx context.Context, j *journal) (stop func() error, err error)
	// unfinished counts the stored jobs that are not done.
	unfinished(ctx context.Context) (int, error)
	// close removes the store.
	close() error
}

// entrant is a contender that can be opened again and again.
type entrant struct {
	name string
	open func(ctx context.Context, p *places) (contender, error)
	// pushFirst says that it finds jobs only once a minute: its work begins after
	// the push, so that this is not counted against it.
	pushFirst bool
	// slow says that its cycle has fewer jobs, so that it comes to an end.
	slow bool
}

// jobsAt returns n jobs, numbered from first, that are all due at the same time.
func jobsAt(first, n int, due time.Time) []job {
	jobs := make([]job, n)
	for i := range jobs {
		jobs[i] = job{first + i, due}
	}
	return jobs
}

// pushAll pushes in batches.
func pushAll(ctx context.Context, c contender, jobs []job) error {
	for len(jobs) > 0 {
		n := min(batchRows, len(jobs))
		if err := c.push(ctx, jobs[:n]); err != nil {
			return err
		}
		jobs = jobs[n:]
	}
	return nil
}
