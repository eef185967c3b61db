package coretest

import (
	"context"
	"slices"
	"sync"
	"testing"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// Pushes is what the code under test has pushed. All methods may be called
// concurrently.
type Pushes struct {
	mu    sync.Mutex
	jobs  []core.DelayQueuePushParams
	fault error
}

// Queue puts a queue in the place of the one that delayqueue.NewDelayQueue
// returns, for the time of the test. It refuses what the real one refuses and
// remembers the rest; there is no database, and nothing runs. The queue belongs to
// the whole process, so that the test cannot be a parallel one.
func Queue(tb testing.TB) *Pushes {
	tb.Helper()
	tb.Setenv("CORETEST_QUEUE", "in use") // it fails a parallel test, and nobody reads it
	before := delayqueue.NewDelayQueue()
	tb.Cleanup(func() { delayqueue.SetDefault(before) })
	p := &Pushes{}
	delayqueue.SetDefault(delayqueue.New(func(context.Context) (delayqueue.Store, error) { return memory{pushes: p}, nil }))
	return p
}

// Jobs returns the jobs that were pushed, as they were given and in that order; those
// of a transaction as if it had been committed. The id of the first is 1, and so on.
// A unique key stays taken, since no job comes to an end.
func (p *Pushes) Jobs() []core.DelayQueuePushParams {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.jobs)
}

// Fail lets every further push fail with err, such as core.ErrUnknownOutcome; nil
// ends that.
func (p *Pushes) Fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = err
}

func (p *Pushes) push(jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.fault != nil {
		return nil, p.fault
	}
	receipts := make([]delayqueue.Receipt, len(jobs))
	for i, job := range jobs {
		if id := p.holder(job); id != 0 {
			receipts[i] = delayqueue.Receipt{ID: id, Existed: true}
			continue
		}
		p.jobs = append(p.jobs, job)
		receipts[i] = delayqueue.Receipt{ID: uint64(len(p.jobs))}
	}
	return receipts, nil
}

// holder returns the id of the job that has the unique key, or 0.
func (p *Pushes) holder(job core.DelayQueuePushParams) uint64 {
	return uint64(1 + slices.IndexFunc(p.jobs, func(o core.DelayQueuePushParams) bool {
		return job.UniqueKey != "" && o.UniqueKey == job.UniqueKey && o.ExecCmd == job.ExecCmd
	}))
}

// memory is the store of such a queue, which is asked for nothing but pushes; the
// other methods are those of no store at all.
type memory struct {
	delayqueue.Store
	pushes *Pushes
}

// Push implements delayqueue.Store.
func (m memory) Push(_ context.Context, jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error) {
	return m.pushes.push(jobs)
}

// PushTx implements delayqueue.Store.
func (m memory) PushTx(_ context.Context, _ delayqueue.Tx, jobs []core.DelayQueuePushParams) ([]delayqueue.Receipt, error) {
	return m.pushes.push(jobs)
}
