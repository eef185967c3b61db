package delayqueue

import (
	"context"
	"slices"

	"go.uber.org/zap"

	"simplest_script/core/tool/outage"
)

// runRequests does, until ctx ends, what people and programs ask of jobs that a
// daemon has claimed, and pauses kinds. Every daemon looks at all requests: those
// about jobs of its own only it can grant, and those about jobs that nobody has any
// more are granted by whoever comes first.
func (e *Engine) runRequests(ctx context.Context) {
	away := outage.New(e.log, "looking for what is asked of delay jobs")
	a := &answerer{Engine: e, refused: map[uint64]refusal{}}
	for {
		err := e.applyPauses(ctx)
		if err == nil || isolated(ctx, err) {
			if answered := a.answerAll(ctx); err == nil {
				err = answered
			}
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

// learnPauses finds out which kinds are paused before anything is claimed under a lease:
// a daemon that is started during a pause is to keep to it, and so is one that was cut
// off from the database when it began.
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
	e.pausing.Lock() // what was read first is not applied last
	defer e.pausing.Unlock()
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
