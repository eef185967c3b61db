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

// oneBatch runs messages of one lane through a batch handler. Those that are done are
// done, whatever stood before them; those that fail are tried again, in order with
// what follows them where they need one.
func (x *executor) oneBatch(h *hand, l *lane, ts []*core.Task) {
	asked := x.asked(l, ts)
	h.calling = true
	errs := x.callBatch(l.ctx, asked)
	h.calling = false
	x.afterBatch(h, l, ts, asked, errs)
}

// asked returns those of a batch that its handler is to be given.
func (x *executor) asked(l *lane, ts []*core.Task) []*core.Task {
	asked := make([]*core.Task, 0, len(ts))
	for _, t := range ts {
		if x.doomed(l, t) == nil {
			asked = append(asked, t)
		}
	}
	return asked
}

// afterBatch takes the messages of a batch on: errs are the outcomes of those that
// were asked for.
func (x *executor) afterBatch(h *hand, l *lane, ts, asked []*core.Task, errs []error) {
	if slices.ContainsFunc(errs, func(err error) bool { return err != nil }) {
		x.countCutOff(l.ctx)
	}
	var failed, others []*core.Task
	var longest time.Duration
	for i, t := range ts {
		pause, ok := x.settle(l, t, asked, errs)
		if len(asked) > 0 && asked[0] == t {
			asked, errs = asked[1:], errs[1:]
		}
		switch {
		case !ok && failed == nil:
			failed, others, longest = []*core.Task{t}, slices.Clone(ts[:i]), pause
		case !ok:
			failed, longest = append(failed, t), max(longest, pause)
		case failed != nil:
			others = append(others, t)
		}
	}
	if failed != nil {
		h.fail(failed, others, longest)
	}
}

// settle decides about a message of a batch. Where it was asked for, it is the first
// of asked and errs.
func (x *executor) settle(l *lane, t *core.Task, asked []*core.Task, errs []error) (pause time.Duration, ok bool) {
	switch {
	case len(asked) == 0 || asked[0] != t:
		return x.bury(l, t, x.doomed(l, t))
	case errs[0] == nil:
		return 0, true
	}
	return x.judge(l, t, errs[0])
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
			p := &middleware.PanicError{Value: v, Stack: debug.Stack()}
			middleware.LogPanic(x.log, ts[0], p)
			errs = all(len(ts), p)
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
