package crontab

import (
	"context"
	"fmt"
	"time"
)

// StartByHand starts a run of an entry that nobody's schedule asked for, and
// returns it together with a function that waits for its process and returns how
// the run ended. The run goes on when the caller ends. Where e says Skip and a run of
// it goes on, there is an error instead.
func StartByHand(ctx context.Context, ledger *Ledger, launcher *Launcher, partition string, e Entry) (r Run, wait func(context.Context) (Run, error), err error) {
	now, err := ledger.Now(ctx)
	if err != nil {
		return Run{}, nil, err
	}
	token := newToken()
	mine, err := ledger.Enter(ctx, token, []Run{{
		Partition: partition, Entry: e.ID, Tick: now.Truncate(time.Second), Hand: token, State: Starting, Skip: e.Skip,
		ExecCmd: e.ExecCmd, Name: e.Name, Params: e.Params, IsLog: e.IsLog, Timeout: e.Timeout, Place: Here(), Owner: Self(),
	}})
	if err != nil {
		return Run{}, nil, err
	}
	r = mine[0] // nobody else has this token
	if r.State == Skipped {
		return Run{}, nil, fmt.Errorf("%s: %s", e.ID, r.Reason)
	}
	p, err := launcher.Start(r)
	if err != nil {
		p, err = launcher.insist(ctx.Done(), r, forkPatience, err)
	}
	if err != nil {
		reason := "its process could not be started: " + err.Error()
		call, done := statement(context.WithoutCancel(ctx)) // also where the caller has lost patience
		defer done()
		_, problem := ledger.Conclude(call, r, Outcome{State: Failed, Reason: reason}, Starting)
		if problem != nil {
			reason += "; " + problem.Error()
		}
		return Run{}, nil, fmt.Errorf("%s: %s", e.ID, reason)
	}
	r.Process.PID = p.PID()
	ended := make(chan string, 1)
	go func() { ended <- p.Wait() }()
	return r, func(ctx context.Context) (Run, error) {
		select {
		case how := <-ended:
			_, err := ledger.Conclude(ctx, r, Outcome{State: Failed, Reason: "its process ended without an outcome: " + how}, Starting, Running)
			if err != nil {
				return r, err
			}
			return ledger.Run(ctx, r.ID)
		case <-ctx.Done():
			return r, context.Cause(ctx)
		}
	}, nil
}
