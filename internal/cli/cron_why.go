package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/crontab"
)

func (p *program) cronWhyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "why NAME [TIME]",
		Short: "Tell what became of a tick, and why; without a time, of the last one.",
		Long: `Tell what became of the tick of an entry at a time, and why: every tick has one
outcome. A time that is no tick of the entry is told with the ticks around it.
Runs of entries without is_log are counted and forgotten after a day.`,
		Example: `  simplest_script cron why crontab_track
  simplest_script cron why crontab_track '2026-11-22 08:00:00'
  simplest_script cron why crontab_track 2026-11-22T08:00:00+08:00 --json`,
		Args:              cobra.RangeArgs(1, 2),
		ValidArgsFunction: p.completeCron,
		RunE: func(cmd *cobra.Command, words []string) error {
			return p.cronWhy(cmd, words, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) cronWhy(cmd *cobra.Command, words []string, asJSON bool) error {
	ctx := cmd.Context()
	return p.withDatabase(ctx, func(s session) error {
		e, err := findCron(s.Machine, words[0])
		if err != nil {
			return err
		}
		c, err := s.clock(ctx)
		if err != nil {
			return err
		}
		c.zone = e.zone(c.zone)
		ledger := crontab.NewLedger(s.db)
		if len(words) == 1 {
			return p.whyLatest(ctx, ledger, s, e, c, asJSON)
		}
		at, err := parseMoment(words[1], c.zone)
		if err != nil {
			return usage(cmd, err)
		}
		at = at.Truncate(time.Second)
		r, err := ledger.At(ctx, s.Config.Partition, e.id, at)
		switch {
		case errors.Is(err, crontab.ErrNoRun):
			return s.whyNot(ctx, ledger, e, at, c)
		case err != nil:
			return err
		}
		return p.tellRun(r, c, asJSON)
	})
}

func (p *program) whyLatest(ctx context.Context, ledger *crontab.Ledger, s session, e cronEntry, c clock, asJSON bool) error {
	latest, err := ledger.Latest(ctx, s.Config.Partition)
	if err != nil {
		return err
	}
	r, there := latest[e.id]
	if !there {
		return s.whyNot(ctx, ledger, e, time.Time{}, c)
	}
	return p.tellRun(r, c, asJSON)
}

func (p *program) tellRun(r crontab.Run, c clock, asJSON bool) error {
	if asJSON {
		return p.printJSON(runOf(r, c))
	}
	p.printRun(r, c)
	return nil
}

// whyNot says why nothing is known of a tick.
func (s session) whyNot(ctx context.Context, ledger *crontab.Ledger, e cronEntry, at time.Time, c clock) error {
	schedule, err := e.schedule(s.Config.Location)
	if err != nil {
		return err
	}
	marks, err := ledger.Marks(ctx, s.Config.Partition)
	if err != nil {
		return err
	}
	next := schedule.Next(at.Add(-time.Second))
	mark := marks[e.id]
	switch {
	case !e.Active:
		return fmt.Errorf("%s is inactive: %s", e.id, e.Reason)
	case at.IsZero():
		return fmt.Errorf("%s has not been due yet, or its runs were counted and forgotten; its next tick is %s", e.id, c.near(schedule.Next(c.now).UnixMilli()))
	case !next.Equal(at):
		return fmt.Errorf("%s is not due at %s: cron %q is next due after it at %s", e.id, c.moment(at.UnixMilli()), e.Spec(), c.moment(next.UnixMilli()))
	case at.After(c.now):
		return fmt.Errorf("%s is due at %s, which is still to come", e.id, c.near(at.UnixMilli()))
	case mark.Spec == "":
		return fmt.Errorf("no daemon of partition %s has taken over %s yet: is one running ('simplest_script daemons')?", s.Config.Partition, e.id)
	case at.After(mark.Tick):
		return fmt.Errorf("%s was due at %s and is not decided: no daemon of partition %s runs, or the database is away from it; it will be run, or noted as missed, by the next one",
			e.id, c.near(at.UnixMilli()), s.Config.Partition)
	}
	return fmt.Errorf("nothing is known of the tick %s of %s: it was before the entry was taken over, or its row was counted and forgotten", c.moment(at.UnixMilli()), e.id)
}
