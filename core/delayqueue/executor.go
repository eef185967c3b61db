package delayqueue

import (
	"context"
	"errors"
	"strconv"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/logger"
	"simplest_script/core/middleware"
	"simplest_script/core/tool/outage"
)

// run takes one job through its handler, in the goroutine of a slot.
func (e *Engine) run(j *job) {
	ctx := j.gen.ctx
	if !e.mayStart(ctx, j) {
		return
	}
	began := e.clock.micros()
	task := e.task(j)
	e.observe.tell(Event{
		Type: Started, ID: j.ID, Kind: j.kind.name, Name: j.Name, Attempt: task.Attempt,
		Due: time.UnixMilli(j.Due), Late: j.late(began),
	})
	ctx = logger.WithTask(ctx, task)
	err := j.kind.handler.Handle(ctx, task)
	e.logEnd(ctx, err)

	switch judge(j.gen.ctx, err) {
	case record:
		e.completer.add(j, j.outcome(task, err, began, e.clock.micros()))
	case release:
		e.release(context.WithoutCancel(ctx), []*job{j})
		e.cutOff.Add(1)
	case abandon:
		e.hand.forget(j)
	}
}

// mayStart records the start durably where it matters: a job that was rescued
// before may be what killed its daemon, so the next death while it runs has to
// be told from a death while it only waited.
func (e *Engine) mayStart(ctx context.Context, j *job) bool {
	for ctx.Err() == nil {
		if j.Rescues == 0 {
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
	}
	if errors.Is(context.Cause(ctx), core.ErrLeaseLost) {
		e.hand.forget(j)
	} else {
		e.release(context.WithoutCancel(ctx), []*job{j})
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

func (e *Engine) task(j *job) *core.Task {
	return &core.Task{
		ID: strconv.FormatUint(j.ID, 10), ExecCmd: j.kind.name, Name: j.Name, Payload: []byte(j.Params),
		Attempt: j.Attempts + 1, MaxAttempts: firstPositive(j.MaxAttempts, j.kind.limits.MaxAttempts), DueAt: time.UnixMilli(j.Due),
	}
}

// logEnd writes a line only where there is something to look into: a panic, with
// its stack. What became of each job stands in its row.
func (e *Engine) logEnd(ctx context.Context, err error) {
	var p *middleware.PanicError
	if errors.As(err, &p) {
		logger.From(ctx).Error("handler panicked", zap.Any("panic", p.Value), zap.ByteString("stack", p.Stack))
	}
}
