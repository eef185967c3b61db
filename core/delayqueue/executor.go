package delayqueue

import (
	"context"
	"errors"
	"fmt"
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
	err := errGoexit
	defer func() { e.ended(j, task, began, err) }() // also where the handler ends its goroutine
	err = j.kind.handler.Handle(logger.WithTask(ctx, task), task)
}

// errGoexit stands for the error of a handler that did not return.
var errGoexit = errors.New("the handler called runtime.Goexit")

// ended does with a job what its handler's end means for it.
func (e *Engine) ended(j *job, task *core.Task, began int64, err error) {
	e.logPanic(task, err)
	switch judge(j.gen.ctx, err != nil) {
	case record:
		e.completer.add(j, j.outcome(task, err, began, e.clock.micros()))
	case release:
		e.release(context.WithoutCancel(j.gen.ctx), []*job{j})
		e.cutOff.Add(1)
	case abandon:
		e.hand.forget(j)
	}
}

// mayStart asks whether the lease still holds, and records the start durably where it matters: a job that was rescued
// before may be what killed its daemon, so the next death while it runs has to
// be told from a death while it only waited.
func (e *Engine) mayStart(ctx context.Context, j *job) bool {
	for ctx.Err() == nil && j.gen.holds() {
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

func (e *Engine) task(j *job) *core.Task {
	task := &core.Task{
		ID: strconv.FormatUint(j.ID, 10), ExecCmd: j.kind.name, Name: j.Name, Payload: []byte(j.Params),
		Attempt: j.Attempts + 1, MaxAttempts: firstPositive(j.MaxAttempts, j.kind.limits.MaxAttempts), DueAt: time.UnixMilli(j.Due),
	}
	task.AllowSuccessors()
	return task
}

// logPanic writes the stack of a panic to the log; its value may quote the params
// and stands in the row only.
func (e *Engine) logPanic(task *core.Task, err error) {
	if p, ok := err.(*middleware.PanicError); ok { //nolint:errorlint // As would call methods of the handler's own error
		e.log.Error("handler panicked", zap.String(logger.KeyTaskID, task.ID), zap.String(logger.KeyExecCmd, task.ExecCmd),
			zap.Int(logger.KeyAttempt, task.Attempt), zap.String("type", fmt.Sprintf("%T", p.Value)), zap.ByteString("stack", p.Stack))
	}
}
