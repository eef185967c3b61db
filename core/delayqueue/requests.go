package delayqueue

import (
	"context"
	"slices"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/tool/outage"
)

// requestsPerPage is how many requests are read together.
const requestsPerPage = 500

// runRequests does, until ctx ends, what people and programs ask of jobs that a
// daemon has claimed, and pauses kinds. Every daemon looks at all requests: those
// about jobs of its own only it can grant, and those about jobs that nobody has any
// more are granted by whoever comes first.
func (e *Engine) runRequests(ctx context.Context) {
	away := outage.New(e.log, "looking for what is asked of delay jobs")
	for {
		err := e.applyPauses(ctx)
		if err == nil {
			err = e.answerRequests(ctx)
		}
		pause := jitter(e.cfg.Scan)
		if err != nil && ctx.Err() == nil {
			pause = max(pause, away.Failed(err))
		} else if err == nil {
			away.OK()
		}
		if !outage.Sleep(ctx, pause) {
			return
		}
	}
}

// learnPauses finds out which kinds are paused before anything is claimed: a daemon
// that is started during a pause is to keep to it.
func (e *Engine) learnPauses(ctx context.Context) {
	away := outage.New(e.log, "reading which kinds are paused")
	for ctx.Err() == nil {
		err := e.applyPauses(ctx)
		switch {
		case err == nil:
			away.OK()
			return
		case ctx.Err() == nil:
			outage.Sleep(ctx, away.Failed(err))
		}
	}
}

// applyPauses gives back what has not been started of kinds that are paused by now.
func (e *Engine) applyPauses(ctx context.Context) error {
	names := make([]string, len(e.order))
	for i, k := range e.order {
		names[i] = k.name
	}
	paused, err := bounded(ctx, e.cfg.Statement, func(ctx context.Context) ([]string, error) { return e.store.PausedOf(ctx, names) })
	if err != nil {
		return err
	}
	for _, k := range e.order {
		e.setPaused(ctx, k, slices.Contains(paused, k.name))
	}
	return nil
}

func (e *Engine) setPaused(ctx context.Context, k *kind, paused bool) {
	switch was := e.hand.isPaused(k); {
	case paused && !was:
		gone := e.hand.pause(k)
		e.log.Warn("kind paused", zap.String("exec_cmd", k.name), zap.Int("given_back", len(gone)))
		if len(gone) > 0 {
			e.release(context.WithoutCancel(ctx), gone)
		}
	case !paused && was:
		e.hand.resume(k)
		e.log.Info("kind resumed", zap.String("exec_cmd", k.name))
		e.hints.ask(k)
	}
}

// answerRequests goes through all requests, page by page.
func (e *Engine) answerRequests(ctx context.Context) error {
	for after := uint64(0); ; {
		requests, err := bounded(ctx, e.cfg.Statement, func(ctx context.Context) ([]Request, error) {
			return e.store.Requests(ctx, after, requestsPerPage)
		})
		if err != nil {
			return err
		}
		for _, r := range requests {
			if err := e.answer(ctx, r); err != nil {
				return err
			}
			after = r.ID
		}
		if len(requests) < requestsPerPage {
			return nil
		}
	}
}

// answer does what is asked of one job, as far as that is this daemon's to do. A
// request to cancel a job whose handler runs stays until its outcome is recorded:
// should this daemon die before, whoever takes the job over finds it.
func (e *Engine) answer(ctx context.Context, r Request) error {
	ownerless := r.Status == core.DelayRunning && r.Owner == "" // the original program left it
	switch {
	case r.Status == core.DelayWaiting || r.Status == core.DelayHeld || ownerless:
		return e.grant(ctx, r, nil)
	case r.Status != core.DelayRunning: // it has ended, or is gone
		return e.forgetRequest(ctx, r)
	}
	if j := e.hand.takeOut(r.Held); j != nil {
		return e.grant(ctx, r, j)
	}
	if r.Action == ToCancel {
		if e.hand.revoke(r.Held) {
			e.log.Info("handler told that its job is cancelled", zap.Uint64("task_id", r.ID))
		}
		return nil
	}
	if e.hand.has(r.Held) { // its handler runs: too late to move it
		return e.forgetRequest(ctx, r)
	}
	return nil
}

// grant does what is asked of a job that waits, or that was taken out of the hand.
// Where that fails, the latter may be no longer in hand and still claimed: it is
// released with the others of which that is true.
func (e *Engine) grant(ctx context.Context, r Request, j *job) error {
	granted, err := bounded(ctx, e.cfg.Statement, func(ctx context.Context) (bool, error) { return e.store.Grant(ctx, r) })
	if err != nil || !granted { // it stands otherwise by now: the next look finds how
		return err
	}
	if r.Action == ToCancel && j != nil {
		e.observe.tell(Event{
			Type: Cancelled, ID: j.ID, Kind: j.kind.name, Name: j.Name, Attempt: j.task.Attempt, Due: j.task.DueAt, Late: j.late(e.clock.micros()),
		})
	}
	return e.forgetRequest(ctx, r)
}

func (e *Engine) forgetRequest(ctx context.Context, r Request) error {
	_, err := bounded(ctx, e.cfg.Statement, func(ctx context.Context) (struct{}, error) { return struct{}{}, e.store.Forget(ctx, r) })
	return err
}
