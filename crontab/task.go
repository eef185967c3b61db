package crontab

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/tool/outage"
)

// Task is what a run's process does: one run.
type Task struct {
	Open     Opener
	Registry *core.Registry
	Outcomes Outcomes
	Place    Place
	Self     Process
	Log      *zap.Logger

	Beat     time.Duration // between two beats; 5 s
	Grace    time.Duration // for the handler, once its context has ended; 10 s
	Patience time.Duration // with a database that is away at the begin; 30 s
	Insist   time.Duration // with a database that is away at the end; 10 min
	Memory   func() int64  // peak in kB; may be nil
}

// ErrStuck says that a handler did not return after its context had ended. Its
// outcome is written; its process, and all that it started, is to be killed.
var ErrStuck = errors.New("the handler does not return")

// Run does the run under the token, and returns how it ended. ctx ends when
// somebody wants the run to end; its cause goes into the reason. An error wraps
// ErrNotPermitted where the run is not this process's to do.
func (t Task) Run(ctx context.Context, id, token uint64) (State, error) {
	t.Beat, t.Grace = cmp.Or(t.Beat, 5*time.Second), cmp.Or(t.Grace, 10*time.Second)
	t.Patience, t.Insist = cmp.Or(t.Patience, 30*time.Second), cmp.Or(t.Insist, 10*time.Minute)
	var ledger *Ledger
	var run Run
	err := t.insist(ctx, t.Patience, "beginning a cron run", func(ctx context.Context) (err error) {
		if ledger == nil {
			if ledger, err = t.Open(ctx); err != nil {
				return err
			}
		}
		run, err = ledger.Begin(ctx, id, token, t.Place, t.Self)
		return err
	})
	if err != nil {
		return "", err
	}
	t.Log.Info("cron task begins", about(run)...)
	outcome, stuck := t.handle(ctx, ledger, run)
	if t.Memory != nil {
		outcome.PeakKB = t.Memory()
	}
	t.Log.Info("cron task ended", append(about(run), zap.String("state", string(outcome.State)), zap.Duration("cost", outcome.Cost))...)
	patience := t.Insist
	if stuck != nil {
		patience = t.Grace // its work goes on until this process ends
	}
	return outcome.State, errors.Join(stuck, t.conclude(ledger, run, outcome, patience))
}

// about names a run in the log. Its params stand in its row only: they may be secret.
func about(r Run) []zap.Field {
	return []zap.Field{zap.Uint64("run", r.ID), zap.String("entry", r.Entry), zap.String("exec_cmd", r.ExecCmd), zap.Time("tick", r.Tick)}
}

// insist repeats f until it works, or cannot, or this took too long.
func (t Task) insist(ctx context.Context, patience time.Duration, doing string, f func(context.Context) error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience, fmt.Errorf("gave up after %s", patience))
	defer cancel()
	away := outage.New(t.Log, doing)
	for {
		call, done := context.WithTimeout(ctx, statementTimeout)
		err := f(call)
		done()
		switch {
		case err == nil:
			away.OK()
			return nil
		case !waitable(err):
			return err
		}
		if !outage.Sleep(ctx, away.Failed(err)) {
			return fmt.Errorf("%w: %w", context.Cause(ctx), err)
		}
	}
}

// beat tells the ledger that the run lives, and cancels it where a person asked
// for that there.
func (t Task) beat(ctx context.Context, ledger *Ledger, run Run, work *core.Task, cancel context.CancelCauseFunc) {
	away := outage.New(t.Log, "beating for a cron run")
	pause := t.Beat
	for outage.Sleep(ctx, pause) {
		call, done := context.WithTimeout(ctx, statementTimeout)
		percent, text := work.LastProgress()
		stop, err := ledger.Beat(call, run.ID, run.Token, percent, text)
		done()
		if err != nil {
			if ctx.Err() == nil {
				pause = min(t.Beat, away.Failed(err))
			}
			continue
		}
		away.OK()
		pause = t.Beat
		if stop {
			cancel(fmt.Errorf("%w by a person", core.ErrCancelled))
		}
	}
}

// conclude writes the outcome: into a file first, which a daemon finds should this
// process die before the database has it.
func (t Task) conclude(ledger *Ledger, run Run, o Outcome, patience time.Duration) error {
	if err := t.Outcomes.Write(run, o); err != nil {
		t.Log.Warn("the outcome of a cron run cannot be kept in a file; the database is told all the same", append(about(run), zap.Error(err))...)
	}
	// Who asked the run to end wants to see its outcome.
	ctx := context.Background()
	err := t.insist(ctx, patience, "writing the outcome of a cron run", func(ctx context.Context) error {
		_, err := ledger.Conclude(ctx, run, o, Running, Lost)
		return err
	})
	if err == nil {
		t.Outcomes.Forget(run)
	}
	return err
}
