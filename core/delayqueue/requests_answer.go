package delayqueue

import (
	"context"
	"maps"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
)

const (
	// requestsPerPage is how many requests are read together.
	requestsPerPage = 500
	// A request that the database refuses is tried again after so long, and after twice
	// as long each time.
	firstRefusal   = time.Second
	longestRefusal = time.Minute
)

// answerer does what is asked of jobs.
type answerer struct {
	*Engine
	refused map[uint64]refusal // by job
	news    []zap.Field        // of the first of those of this round that had not been refused before
	count   int                // of them
}

// refusal is the database's, to do what was asked of a job.
type refusal struct {
	at    int64         // when it was asked
	wait  time.Duration // until it is tried again
	until time.Duration // on the Boot clock
}

// answerAll goes through all requests, page by page. One that the database refuses
// keeps it from none of the others, and the log tells of it once.
func (a *answerer) answerAll(ctx context.Context) (refused error) {
	now := a.local.Boot()
	maps.DeleteFunc(a.refused, func(_ uint64, r refusal) bool { return now-r.until > longestRefusal })
	a.count = 0
	defer func() {
		if a.count > 0 {
			a.log.Warn("the database refuses to do what is asked of delay jobs, trying again", append(a.news, zap.Int("jobs", a.count))...)
		}
	}()
	for after := uint64(0); ; {
		requests, err := bounded(ctx, a.cfg.Statement, func(ctx context.Context) ([]Request, error) {
			return a.store.Requests(ctx, after, requestsPerPage)
		})
		if err != nil {
			return err
		}
		err = each(ctx, requests, func(r Request) error { return a.answer(ctx, r) })
		if err != nil && !isolated(ctx, err) {
			return err
		}
		if refused == nil {
			refused = err
		}
		if len(requests) < requestsPerPage {
			return refused
		}
		after = requests[len(requests)-1].ID
	}
}

// answer does what is asked of one job, as far as that is this daemon's to do. A
// request to cancel a job whose handler runs stays until its outcome is recorded:
// should this daemon die before, whoever takes the job over finds it.
func (a *answerer) answer(ctx context.Context, r Request) error {
	ownerless := r.Status == core.DelayRunning && r.Owner == "" // the original program left it
	switch {
	case r.Action == ToMove && CheckDue(r.Due/1000) != nil: // no store asks for it, but what writes the table
		a.log.Warn("asked to move a job to a time that no job can have: left as it is", zap.Uint64("task_id", r.ID), zap.Int64("due", r.Due))
		return a.forgetRequest(ctx, r)
	case r.Status == core.DelayWaiting || r.Status == core.DelayHeld || ownerless:
		return a.grant(ctx, r, nil)
	case r.Status != core.DelayRunning: // it has ended, or is gone
		return a.forgetRequest(ctx, r)
	}
	refused := a.refusedLately(r)
	if !refused {
		if j := a.hand.takeOut(r.Held); j != nil {
			return a.grant(ctx, r, j)
		}
	}
	if r.Action == ToCancel {
		if a.hand.revoke(r.Held) {
			a.log.Info("handler told that its job is cancelled", zap.Uint64("task_id", r.ID))
		}
		return nil
	}
	if !refused && a.hand.has(r.Held) { // its handler runs: too late to move it
		return a.forgetRequest(ctx, r)
	}
	return nil
}

// refusedLately tells whether it is too early to try r again.
func (a *answerer) refusedLately(r Request) bool {
	was, some := a.refused[r.ID]
	return some && was.at == r.At && a.local.Boot() < was.until
}

// refuse notes that the database refuses r. The job goes back to where it can be
// claimed: to be done when it is due, until what is asked of it can be.
func (a *answerer) refuse(ctx context.Context, r Request, j *job, err error) {
	wait := firstRefusal
	if was, some := a.refused[r.ID]; some && was.at == r.At {
		wait = min(2*was.wait, longestRefusal)
	} else if a.count++; a.count == 1 {
		a.news = []zap.Field{zap.Uint64("task_id", r.ID), zap.Error(err)}
	}
	a.refused[r.ID] = refusal{at: r.At, wait: wait, until: a.local.Boot() + wait}
	if j != nil {
		a.release(context.WithoutCancel(ctx), []*job{j})
	}
}

// grant does what is asked of a job that waits, or that was taken out of the hand.
// Where the database is away, the latter may be no longer in hand and still claimed: it
// is released with the others of which that is true.
func (a *answerer) grant(ctx context.Context, r Request, j *job) error {
	if a.refusedLately(r) {
		return nil
	}
	granted, err := bounded(ctx, a.cfg.Statement, func(ctx context.Context) (bool, error) { return a.store.Grant(ctx, r) })
	if isolated(ctx, err) {
		a.refuse(ctx, r, j, err)
		return nil
	}
	if err != nil || !granted { // it stands otherwise by now: the next look finds how
		return err
	}
	if r.Action == ToCancel && j != nil {
		a.observe.tell(Event{
			Type: Cancelled, ID: j.ID, Kind: j.kind.name, Name: j.Name, Attempt: j.task.Attempt, Due: j.task.DueAt, Late: j.late(a.clock.micros()),
		})
	}
	return a.forgetRequest(ctx, r)
}

func (a *answerer) forgetRequest(ctx context.Context, r Request) error {
	_, err := bounded(ctx, a.cfg.Statement, func(ctx context.Context) (struct{}, error) { return struct{}{}, a.store.Forget(ctx, r) })
	return err
}
