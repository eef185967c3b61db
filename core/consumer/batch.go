package consumer

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"time"

	"simplest_script/core"
	"simplest_script/core/logger"
	"simplest_script/core/middleware"
)

// batches runs the messages of one lane through a batch handler. Those that fail
// are tried again with what follows them; those that are done are done, whatever
// stood before them.
func (x *executor) batches(ctx context.Context, l *lane, items []item) (rest []item, pause time.Duration) {
	for len(items) > 0 && ctx.Err() == nil && !l.gone() {
		n := min(batchSize, len(items))
		back, p := x.oneBatch(ctx, items[:n])
		if len(back) > 0 {
			return append(back, items[n:]...), p
		}
		items = items[n:]
	}
	return nil, 0
}

func (x *executor) oneBatch(ctx context.Context, items []item) (rest []item, pause time.Duration) {
	var tasks []*core.Task
	for i := range items {
		if items[i].dead == nil && items[i].task.Attempt > x.attempts {
			items[i].dead = errUsedUp
		}
		if items[i].dead == nil {
			tasks = append(tasks, items[i].task)
		}
	}
	began := time.Now()
	errs := x.callBatch(ctx, tasks)
	if ctx.Err() != nil && slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		x.cutOff(ctx, 1)
	}
	var done []*core.Task
	asked := 0
	for i := range items {
		it := &items[i]
		var err error
		if it.dead == nil {
			err = errs[asked]
			asked++
		}
		p, ok := x.settle(ctx, it, err)
		if !ok {
			rest, pause = append(rest, *it), max(pause, p)
			continue
		}
		done = append(done, it.task)
	}
	if len(done) > 0 {
		items[0].lane.Done(done)
		x.count(len(done), time.Since(began))
	}
	return rest, pause
}

// settle decides about one message of a batch.
func (x *executor) settle(ctx context.Context, it *item, err error) (pause time.Duration, ok bool) {
	if it.dead == nil {
		if err == nil {
			return 0, true
		}
		if ctx.Err() != nil {
			return 0, false
		}
		if pause, again := x.judge(it, err); again {
			return pause, false
		}
	}
	return x.bury(ctx, it)
}

// callBatch calls the handler and returns one outcome for each task: a panic, or
// an answer of the wrong length, is a failure of all of them.
func (x *executor) callBatch(ctx context.Context, ts []*core.Task) (errs []error) {
	if len(ts) == 0 {
		return nil
	}
	for _, t := range ts {
		x.complete(t)
	}
	defer func() {
		if v := recover(); v != nil {
			errs = all(len(ts), &middleware.PanicError{Value: v, Stack: debug.Stack()})
		}
	}()
	if x.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, x.timeout, core.ErrTimeout)
		defer cancel()
	}
	errs = x.batch.HandleBatch(logger.WithTask(ctx, ts[0]), ts)
	switch {
	case errs == nil:
		return make([]error, len(ts))
	case len(errs) != len(ts):
		return all(len(ts), fmt.Errorf("the batch handler answered %d outcomes for %d messages", len(errs), len(ts)))
	}
	return errs
}

func all(n int, err error) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}
