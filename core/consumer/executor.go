package consumer

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
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

// work handles the messages of the turn that h has begun, as far as they go now.
func (x *executor) work(h *hand, l *lane) {
	if x.batch != nil {
		for ts := h.begin(batchSize); ts != nil; ts = h.begin(batchSize) {
			x.oneBatch(h, l, ts)
		}
		return
	}
	for ts := h.begin(1); ts != nil; ts = h.begin(1) {
		if pause, ok := x.one(h, l, ts[0]); !ok {
			h.fail(ts, nil, pause)
		}
	}
}

// errUsedUp is why a message is dead-lettered that came back from daemons which
// died, or let go of it, in every one of its attempts.
var errUsedUp = errors.New("all attempts used up: no daemon lived to tell how the last one ended")

// one takes a message as far as it goes now: to its end, which is true, or to a
// pause before the next try.
func (x *executor) one(h *hand, l *lane, t *core.Task) (pause time.Duration, ok bool) {
	if reason := x.doomed(l, t); reason != nil {
		return x.bury(l, t, reason)
	}
	h.calling = true
	err := x.attempt(h.contexts.next(l, t), t)
	h.calling = false
	if err == nil {
		return 0, true
	}
	return x.after(l, t, err)
}

// after takes a message on whose attempt has failed.
func (x *executor) after(l *lane, t *core.Task, err error) (pause time.Duration, ok bool) {
	middleware.LogPanic(x.log, t, err)
	x.countCutOff(l.ctx)
	return x.judge(l, t, err)
}

// doomed returns why a message is to be dead-lettered and not handled, or nil.
func (x *executor) doomed(l *lane, t *core.Task) error {
	if t.Attempt > x.attempts {
		return errUsedUp
	}
	return l.doom.of(t)
}

// countCutOff counts a handler that failed, where the end of the daemon had
// cancelled it.
func (x *executor) countCutOff(ctx context.Context) {
	if errors.Is(context.Cause(ctx), core.ErrDrain) {
		x.cut.Add(1)
	}
}

// complete says in a task what its lane does not know.
func (x *executor) complete(t *core.Task) {
	t.ExecCmd, t.Name, t.MaxAttempts = x.entry.ExecCmd, x.entry.Name, x.attempts
}

// attempt calls the handler once.
func (x *executor) attempt(c *taskContext, t *core.Task) error {
	x.complete(t)
	if x.timeout <= 0 {
		return x.handler.Handle(c, t)
	}
	c.limit(x.timeout)
	defer c.release()
	err := x.handler.Handle(c, t)
	if err != nil && errors.Is(context.Cause(c), core.ErrTimeout) {
		return fmt.Errorf("%w after %s: %w", core.ErrTimeout, x.timeout, err)
	}
	return err
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
