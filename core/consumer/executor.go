package consumer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/logger"
	"simplest_script/core/middleware"
	"simplest_script/core/tool/backoff"
)

const (
	defaultAttempts = 5
	// batchSize is how many messages one call of a batch handler is given at most.
	batchSize = 500
	// markWithin is how long finished messages may wait to be marked as done while
	// their slice goes on: what a crash makes come again.
	markWithin = 5 * time.Millisecond
	// quantum is how long a worker stays with one run while others may wait.
	quantum = 20 * time.Millisecond
	// grabFor is how much work, by the time that messages took so far, a worker takes
	// at once, and mostGrabbed how many runs.
	grabFor     = time.Millisecond
	mostGrabbed = 128
	// longestStride is how many quick messages are handled between two looks at the
	// clock.
	longestStride = 256
)

// executor runs messages through the handler of an entry. It is shared by the
// workers.
type executor struct {
	entry    conf.QueueEntry
	handler  core.Handler
	batch    core.BatchHandler
	attempts int
	timeout  time.Duration
	backoff  func(attempt int) time.Duration
	log      *zap.Logger
	tell     func(Event)

	done, failed, dead atomic.Int64
	cut                atomic.Int64 // handlers that the end of the daemon cancelled
	took               atomic.Int64 // by one message, moving average in nanoseconds
}

func newExecutor(e conf.QueueEntry, reg core.Registration, log *zap.Logger, tell func(Event)) *executor {
	x := &executor{
		entry: e, batch: reg.Batch, attempts: reg.Options.MaxAttempts, timeout: reg.Options.Timeout,
		backoff: reg.Options.Backoff, log: log, tell: tell,
	}
	if reg.Handler != nil {
		x.handler = middleware.Recover(reg.Handler)
	}
	if x.attempts == 0 {
		x.attempts = defaultAttempts
	}
	if x.backoff == nil {
		x.backoff = backoff.Quick
	}
	return x
}

// grab returns how many runs a worker should take at once.
func (x *executor) grab() int {
	took := time.Duration(x.took.Load())
	if took == 0 {
		return 1
	}
	return min(int(grabFor/took), mostGrabbed)
}

// work handles the messages of a run in their order, as far as they go now.
func (x *executor) work(t *turn) {
	for items := t.items; len(items) > 0; {
		n := 1
		for n < len(items) && items[n].lane == items[0].lane {
			n++
		}
		back, pause := x.segment(items[:n])
		t.finished += n - len(back)
		if len(back) > 0 {
			t.rest, t.pause = slices.Concat(back, items[n:]), pause
			return
		}
		items = items[n:]
	}
}

// segment handles messages of one lane. Those of a lane that is gone are dropped:
// they come again, here or at another daemon.
func (x *executor) segment(items []item) (rest []item, pause time.Duration) {
	l := items[0].lane
	ctx := l.ctx
	if !l.begin() {
		return nil, 0
	}
	defer l.end()
	if x.batch != nil {
		return x.batches(ctx, l, items)
	}
	m := newMarker(l.Lane, items)
	defer func() { x.count(m.finish()) }()
	for i := range items {
		if ctx.Err() != nil || l.gone() {
			return nil, 0
		}
		if pause, ok := x.one(ctx, &items[i]); !ok {
			return items[i:], pause
		}
		if m.add(items[i].task); m.long {
			return items[i+1:], 0
		}
	}
	return nil, 0
}

// errUsedUp is why a message is dead-lettered that came back from daemons which
// died, or let go of it, in every one of its attempts.
var errUsedUp = errors.New("all attempts used up: no daemon lived to tell how the last one ended")

// one takes a message as far as it goes now: to its end, which is true, or to a
// pause before the next try.
func (x *executor) one(ctx context.Context, it *item) (pause time.Duration, ok bool) {
	if it.dead == nil && it.task.Attempt > x.attempts {
		it.dead = errUsedUp
	}
	if it.dead == nil {
		err := x.attempt(ctx, it.task)
		switch {
		case err == nil:
			return 0, true
		case ctx.Err() != nil: // it comes again
			x.cutOff(ctx, 1)
			return 0, false
		}
		if pause, again := x.judge(it, err); again {
			return pause, false
		}
	}
	return x.bury(ctx, it)
}

// cutOff counts handlers that failed after their context had ended.
func (x *executor) cutOff(ctx context.Context, n int64) {
	if errors.Is(context.Cause(ctx), core.ErrDrain) {
		x.cut.Add(n)
	}
}

// judge counts a failed attempt and decides whether there is to be another one.
func (x *executor) judge(it *item, err error) (pause time.Duration, again bool) {
	x.failed.Add(1)
	t := it.task
	if t.Attempt < x.attempts && !errors.Is(err, core.ErrSkipRetry) {
		pause = x.backoff(t.Attempt)
		t.Attempt++
		x.tell(Event{Retried: 1})
		return pause, true
	}
	it.dead = err
	return 0, false
}

// complete says in a task what its lane does not know.
func (x *executor) complete(t *core.Task) {
	t.ExecCmd, t.Name, t.MaxAttempts = x.entry.ExecCmd, x.entry.Name, x.attempts
}

// attempt calls the handler once.
func (x *executor) attempt(ctx context.Context, t *core.Task) error {
	x.complete(t)
	ctx = logger.WithTask(ctx, t)
	if x.timeout <= 0 {
		return x.handler.Handle(ctx, t)
	}
	limited := withLazyDeadline(ctx, time.Now().Add(x.timeout))
	defer limited.release()
	err := x.handler.Handle(limited, t)
	if err != nil && errors.Is(context.Cause(limited), core.ErrTimeout) {
		return fmt.Errorf("%w after %s: %w", core.ErrTimeout, x.timeout, err)
	}
	return err
}

// bury puts a message aside for good. Where that cannot be done its run stands
// still: skipping it would lose it.
func (x *executor) bury(ctx context.Context, it *item) (pause time.Duration, ok bool) {
	err := it.lane.Dead(ctx, it.task, it.dead)
	if err != nil {
		x.log.Error("dead letter cannot be written: the lane stands still until it can", zap.String("lane", it.lane.name),
			zap.String(logger.KeyTaskID, it.task.ID), zap.Error(err))
		return backoff.Longest, false
	}
	x.dead.Add(1)
	x.tell(Event{Dead: 1})
	x.log.Warn("message dead-lettered, its dead letter says why", zap.String("lane", it.lane.name),
		zap.String(logger.KeyTaskID, it.task.ID), zap.Int(logger.KeyAttempt, it.task.Attempt))
	return 0, true
}

// count notes that n messages were finished in the given time.
func (x *executor) count(n int, took time.Duration) {
	if n == 0 {
		return
	}
	x.done.Add(int64(n))
	old, each := x.took.Load(), max(int64(took)/int64(n), 1)
	if old != 0 {
		each = old + (each-old)/8
	}
	x.took.Store(max(each, 1)) // a lost update between workers does no harm
	x.tell(Event{Done: n})
}
