package crontab

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"simplest_script/core"
	"simplest_script/core/middleware"
)

// handle runs the handler and beats meanwhile. The second result is ErrStuck or nil.
func (t Task) handle(ctx context.Context, ledger *Ledger, run Run) (Outcome, error) {
	handler, err := t.handler(run.ExecCmd)
	if err != nil {
		return Outcome{State: Failed, Reason: err.Error()}, nil
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := &core.Task{
		ID: taskID(run), ExecCmd: run.ExecCmd, Name: run.Name, Payload: []byte(run.Params), Attempt: 1, MaxAttempts: 1, DueAt: run.Tick,
	}
	var beats sync.WaitGroup
	beating, stop := context.WithCancel(context.WithoutCancel(ctx))
	beats.Go(func() { t.beat(beating, ledger, run, work, cancel) })
	defer beats.Wait()
	defer stop()

	began := time.Now()
	limited, done := context.WithCancel(ctx)
	defer done()
	if run.Timeout > 0 {
		limited, done = context.WithTimeoutCause(ctx, run.Timeout, core.ErrTimeout)
		defer done()
	}
	ended := make(chan error, 1)
	go func() {
		err := middleware.ErrGoexit
		defer func() { ended <- err }() // also where the handler ends its goroutine
		err = handler.Handle(limited, work)
	}()
	var result error
	select {
	case result = <-ended:
	case <-limited.Done():
		select {
		case result = <-ended:
		case <-time.After(t.Grace):
			why := context.Cause(limited)
			return Outcome{State: Failed, Reason: fmt.Sprintf("%v; %v within %s, and was killed", why, ErrStuck, t.Grace), Cost: time.Since(began)}, ErrStuck
		}
	}
	return outcomeOf(limited, work, result, time.Since(began), run.Timeout), nil
}

// handler returns what is registered for an exec_cmd.
func (t Task) handler(execCmd string) (core.Handler, error) {
	reg, known := t.Registry.Lookup(execCmd)
	if !known {
		return nil, fmt.Errorf("no handler is registered for exec_cmd %q in this version of the program", execCmd)
	}
	handler := reg.Handler
	if handler == nil {
		handler = core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
			return errors.Join(reg.Batch.HandleBatch(ctx, []*core.Task{t})...)
		})
	}
	return core.Chain(handler, middleware.Recover), nil
}

// taskID is the same for every start of a tick.
func taskID(r Run) string {
	id := r.Partition + "/" + r.Entry + "/" + r.Tick.UTC().Format(time.RFC3339)
	if r.Hand != 0 {
		id += "/" + strconv.FormatUint(r.Hand, 10)
	}
	return id
}
