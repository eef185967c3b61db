package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// patience is how long so many jobs are waited for that should have been done long
// before.
func patience(jobs int) time.Duration { return time.Minute + time.Duration(jobs)*time.Second/400 }

// journal counts the runs of each job and how late the first of them began. It is
// safe for concurrent use.
type journal struct {
	due  []time.Time
	runs []atomic.Int32
	late []atomic.Int64 // nanoseconds; of the first run

	left  atomic.Int64
	once  sync.Once
	ended time.Time // when the last job was done; to be read after all is closed
	all   chan struct{}
}

func newJournal(jobs []job) *journal {
	j := &journal{
		due: make([]time.Time, len(jobs)), runs: make([]atomic.Int32, len(jobs)),
		late: make([]atomic.Int64, len(jobs)), all: make(chan struct{}),
	}
	for _, job := range jobs {
		j.due[job.index] = job.due
	}
	j.left.Store(int64(len(jobs)))
	return j
}

// began is the first thing that a handler does.
func (j *journal) began(index int) { j.ran(index, time.Since(j.due[index])) }

// ran writes down a run that began so late.
func (j *journal) ran(index int, late time.Duration) {
	if j.runs[index].Add(1) == 1 {
		j.late[index].Store(int64(late))
	}
}

// expectOnceMore makes the journal wait until each job is done once more.
func (j *journal) expectOnceMore() { j.left.Add(int64(len(j.runs))) }

// finished is told that the store says of n jobs that they are done.
func (j *journal) finished(n int) {
	if j.left.Add(-int64(n)) <= 0 {
		j.once.Do(func() {
			j.ended = time.Now()
			close(j.all)
		})
	}
}

// wait returns when all jobs are done.
func (j *journal) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience(len(j.runs)))
	defer cancel()
	select {
	case <-j.all:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%d of %d jobs are not done: %w", j.left.Load(), len(j.runs), ctx.Err())
	}
}

// lateness returns how late the jobs began that were run.
func (j *journal) lateness() lateness {
	var all []time.Duration
	for i := range j.late {
		if j.runs[i].Load() > 0 {
			all = append(all, time.Duration(j.late[i].Load()))
		}
	}
	return newLateness(all)
}
