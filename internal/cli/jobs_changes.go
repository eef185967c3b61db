package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
)

func (p *program) jobsCancelCommand() *cobra.Command {
	return p.changeCommand(change{
		use: "cancel", past: "cancelled",
		short: "End jobs without running them.",
		long: `End jobs without running them. A daemon that has claimed a job is asked: it gives up
what it has not started, and ends the context of a running handler.`,
		example: `  simplest_script jobs cancel 17
  simplest_script jobs cancel --kind order_close --text 'order 4711'
  simplest_script jobs cancel --kind order_close --since +1h --yes`,
		of: []core.DelayStatus{core.DelayWaiting, core.DelayHeld, core.DelayRunning},
		apply: func(ctx context.Context, s session, ids []uint64) (map[uint64]delayqueue.Answer, error) {
			return sqlstore.New(s.db).Cancel(ctx, ids, "cancelled by a person")
		},
	}, nil)
}

func (p *program) jobsRetryCommand() *cobra.Command {
	return p.changeCommand(change{
		use: "retry", past: "due now",
		short: "Run jobs again that failed, or were cancelled or skipped.",
		long: `Run jobs again that failed, or were cancelled or skipped: they are due now, with all
their attempts before them.`,
		example: `  simplest_script jobs retry 17
  simplest_script jobs retry --kind mail --status failed --since 2h`,
		of: []core.DelayStatus{core.DelayFailed, core.DelayCancelled, core.DelaySkipped},
		apply: func(ctx context.Context, s session, ids []uint64) (map[uint64]delayqueue.Answer, error) {
			return sqlstore.New(s.db).Retry(ctx, ids)
		},
	}, nil)
}

// movable are the jobs that a description of jobs to be moved is about.
var movable = []core.DelayStatus{core.DelayWaiting, core.DelayHeld, core.DelayRunning}

const movingClaimed = `
A daemon that has claimed a job is asked: it moves what it has not started. For a
handler that runs it is too late: it goes on, and nothing is moved.`

func (p *program) jobsRunNowCommand() *cobra.Command {
	return p.changeCommand(change{
		use: "run-now", past: "due now",
		short: "Make waiting jobs due now.",
		long:  `Make waiting and held jobs due now, also those that wait for another attempt.` + movingClaimed,
		example: `  simplest_script jobs run-now 17
  simplest_script jobs run-now --kind order_close --key 'order 42'
  simplest_script jobs run-now --kind order_close --until +10m`,
		of: movable, daemons: true,
		apply: func(ctx context.Context, s session, ids []uint64) (map[uint64]delayqueue.Answer, error) {
			return sqlstore.New(s.db).Move(ctx, ids, 0)
		},
	}, nil)
}

func (p *program) jobsRescheduleCommand() *cobra.Command {
	var at string
	var in time.Duration
	cmd := p.changeCommand(change{
		use: "reschedule", past: "moved",
		short: "Move waiting jobs to another time.",
		long:  `Move waiting and held jobs to another time, given with --at or --in.` + movingClaimed,
		example: `  simplest_script jobs reschedule 17 --in 10m
  simplest_script jobs reschedule --kind report --status waiting --at '2026-11-23 08:00:00'`,
		of: movable, daemons: true,
	}, func(_ *cobra.Command, c *change) error {
		if (at == "") == (in == 0) {
			return errors.New("say when: either --at or --in")
		}
		if in < 0 {
			return fmt.Errorf("--in wants a time ahead, got %s", in)
		}
		c.apply = mover(at, in)
		return nil
	})
	cmd.Flags().StringVar(&at, "at", "", "when: a date and time, RFC 3339, or Unix seconds")
	cmd.Flags().DurationVar(&in, "in", 0, "how long from now")
	return cmd
}

// mover moves jobs to a time of the configured zone, or to a time from now by the
// database's clock.
func mover(at string, in time.Duration) applyChange {
	return func(ctx context.Context, s session, ids []uint64) (map[uint64]delayqueue.Answer, error) {
		store := sqlstore.New(s.db)
		if at == "" {
			now, err := store.Now(ctx)
			if err != nil {
				return nil, err
			}
			return store.Move(ctx, ids, (now+999)/1000+in.Milliseconds())
		}
		t, err := parseMoment(at, s.Config.Location)
		if err != nil {
			return nil, fmt.Errorf("--at: %w", err)
		}
		return store.Move(ctx, ids, max(t.UnixMilli(), 1))
	}
}
