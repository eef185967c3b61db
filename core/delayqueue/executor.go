package delayqueue

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/logger"
	"simplest_script/core/middleware"
	"simplest_script/core/tool/outage"
)

// run takes one job through its handler, in the goroutine of a slot, and returns
// how long that took; 0 where the handler was not called.
func (e *Engine) run(j *job) time.Duration {
	began := e.clock.micros()
	if !e.mayStart(j, began) || !e.wanted(j, began) {
		return 0
	}
	e.observe.tell(Event{
		Type: Started, ID: j.ID, Kind: j.kind.name, Name: j.Name, Attempt: j.task.Attempt, Due: j.task.DueAt, Late: j.late(began),
	})
	err, ended := middleware.ErrGoexit, int64(0)
	defer func() { // also where the handler ends its goroutine
		if ended == 0 {
			ended = e.clock.micros()
		}
		ended = max(began, ended) // the clock may tell some microseconds less than before
		e.ended(j, err, began, ended)
	}()
	err = j.kind.handler.Handle(&j.ctx, &j.task)
	ended = e.clock.micros()
	return max(time.Duration(ended-began)*time.Microsecond, 1)
}

// ended does with a job what its handler's end means for it.
func (e *Engine) ended(j *job, err error, began, ended int64) {
	var f *failure
	if err != nil {
		middleware.LogPanic(e.log, &j.task, err, zap.String(logger.KeyExecCmd, j.kind.name))
		f = failureOf(err, j.ctx.cause(), j.ctx.timeout)
	}
	j.ctx.end()
	switch judge(j.gen.ctx, f) {
	case record:
		e.completer.add(j, j.outcome(f, began, ended))
	case release:
		e.release(context.WithoutCancel(j.gen.ctx), []*job{j})
		e.cutOff.Add(1)
	case abandon:
		e.hand.forget(j)
	}
}

// wanted begins the attempt, unless somebody has cancelled the job in the last
// moment, it has no attempt left, or it is later than it may be: then its outcome is
// recorded without it.
func (e *Engine) wanted(j *job, now int64) bool {
	most := firstPositive(j.MaxLate, j.kind.limits.MaxLate)
	switch late := j.late(now); {
	case !j.ctx.begin():
		e.completer.add(j, j.unstarted(core.DelayCancelled, core.ErrCancelled.Error(), now))
	case j.usedUp(): // however late: it did run, so it was not skipped
		reason := fmt.Sprintf("its attempts are used up, %d of %d", j.Attempts, j.task.MaxAttempts)
		if j.Rescues > 0 {
			reason += ": a death of its daemon while it ran counts as one"
		}
		e.completer.add(j, j.unstarted(core.DelayFailed, reason, now))
	case most > 0 && late > most:
		reason := fmt.Sprintf("skipped: it could start %s after it was due, at most %s are allowed", late.Round(time.Millisecond), most)
		e.completer.add(j, j.unstarted(core.DelaySkipped, reason, now))
	default:
		return true
	}
	return false
}

// mayStart asks whether the lease still holds, and records the start durably where
// it matters: a job that was rescued before may be what killed its daemon, so the
// next death while it runs has to be told from a death while it only waited. One that
// has no attempt left will not be run, and must not be blamed for a death.
func (e *Engine) mayStart(j *job, now int64) bool {
	ctx := j.gen.ctx
	for ctx.Err() == nil && j.gen.holdsAt(now) {
		if j.Rescues == 0 || j.usedUp() {
			return true
		}
		mine, err := e.markStarted(ctx, j)
		switch {
		case err == nil && mine:
			return true
		case err == nil:
			e.log.Warn("job is another daemon's by now, not started", zap.Uint64("task_id", j.ID), zap.String("exec_cmd", j.kind.name))
			e.hand.forget(j)
			return false
		}
		if !outage.Sleep(ctx, e.startOutage.Failed(err)) {
			break
		}
		now = e.clock.micros()
	}
	if errors.Is(context.Cause(ctx), core.ErrDrain) {
		e.release(context.WithoutCancel(ctx), []*job{j})
	} else {
		e.hand.forget(j)
	}
	return false
}

func (e *Engine) markStarted(ctx context.Context, j *job) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Statement)
	defer cancel()
	mine, err := e.store.MarkStarted(ctx, j.gen.owner, j.held())
	if err == nil {
		e.startOutage.OK()
	}
	return mine, err
}
