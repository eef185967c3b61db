package delayqueue

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"simplest_script/core"
)

// Opener returns the store, and waits until it can be used.
type Opener func(ctx context.Context) (Store, error)

// Queue is where business code pushes jobs. It is safe for concurrent use.
type Queue struct {
	open    Opener
	pushed  func(jobs []core.DelayQueuePushParams) // the claimer's hint; may be nil
	observe Observer
}

// New returns a Queue that pushes into the store that open returns.
func New(open Opener) *Queue { return &Queue{open: open} }

// Through returns a Queue like q that works on the store that open returns, whose
// connections are not those of whoever made q.
func (q *Queue) Through(open Opener) *Queue {
	through := *q
	through.open = open
	return &through
}

// standard is the Queue of NewDelayQueue, which takes no arguments.
var standard atomic.Pointer[Queue]

// SetDefault makes q the Queue that NewDelayQueue returns. The wiring calls it once.
func SetDefault(q *Queue) { standard.Store(q) }

// NewDelayQueue returns the queue of this process.
func NewDelayQueue() *Queue {
	if q := standard.Load(); q != nil {
		return q
	}
	return New(func(context.Context) (Store, error) {
		return nil, errors.New("no delay queue in this process: it is set up by the commands of simplest_script, and in tests by coretest")
	})
}

// pushTimeout bounds a Push without a context of its own.
const pushTimeout = 30 * time.Second

// Push stores the jobs, all or none, and returns their ids in the order given;
// when it returns they are committed. It gives up after 30 s. For a job whose unique
// key is taken nothing is stored; its id is that of the job that has the key.
//
// A row that does not fit is refused by its index, wrapping core.ErrInvalidPush.
// Where the connection breaks during the commit, the error wraps
// core.ErrUnknownOutcome, unless each job has a unique key: then Push finds out, and
// repeats what is missing. After any other error nothing was stored.
func (q *Queue) Push(jobs []core.DelayQueuePushParams) ([]uint64, error) {
	ctx, cancel := context.WithTimeout(context.Background(), pushTimeout)
	defer cancel()
	return q.PushContext(ctx, jobs)
}

// PushContext is Push under the caller's context.
func (q *Queue) PushContext(ctx context.Context, jobs []core.DelayQueuePushParams) ([]uint64, error) {
	receipts, err := q.PushEach(ctx, jobs)
	if err != nil || len(jobs) == 0 {
		return nil, err
	}
	return idsOf(receipts), nil
}

// PushEach is PushContext that also tells which jobs existed before, by their
// unique keys.
func (q *Queue) PushEach(ctx context.Context, jobs []core.DelayQueuePushParams) ([]Receipt, error) {
	if err := core.CheckPush(jobs); err != nil || len(jobs) == 0 {
		return nil, err
	}
	store, err := q.open(ctx)
	if err != nil {
		return nil, err
	}
	receipts, err := store.Push(ctx, jobs)
	if err != nil {
		return nil, err
	}
	for i, r := range receipts {
		if !r.Existed {
			q.observe.tell(Event{Type: Pushed, ID: r.ID, Kind: jobs[i].ExecCmd, Name: jobs[i].Name})
		}
	}
	if q.pushed != nil {
		q.pushed(jobs)
	}
	return receipts, nil
}
