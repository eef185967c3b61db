package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"simplest_script/core/conf"
	"simplest_script/crontab"
)

func (p *program) cronRunCommand() *cobra.Command {
	var detach, force, asJSON bool
	cmd := &cobra.Command{
		Use:   "run NAME",
		Short: "Run an entry now, active or not, and wait for its outcome.",
		Long: `Run an entry now, as a daemon of this machine would, and wait for its outcome.
Ctrl-C ends the waiting and not the run. Where the entry has overlap "skip" and a
run of it goes on, nothing is started without --force. Exit code 1 where the run
does not end as success.`,
		Example: `  simplest_script cron run crontab_track
  simplest_script cron run crontab_track --detach`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeCron,
		RunE: func(cmd *cobra.Command, words []string) error {
			ctx, stop := stoppable(cmd.Context())
			defer stop()
			return p.cronRun(ctx, words[0], detach, force, asJSON)
		},
	}
	cmd.Flags().BoolVar(&detach, "detach", false, "do not wait")
	cmd.Flags().BoolVar(&force, "force", false, "also beside a run that goes on")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) cronRun(ctx context.Context, name string, detach, force, asJSON bool) error {
	return p.withDatabase(ctx, func(s session) error {
		entry, err := s.runnable(name)
		if err != nil {
			return err
		}
		ledger := crontab.NewLedger(s.db)
		if entry.Skip && !force {
			if err := s.refuseOverlap(ctx, ledger, entry); err != nil {
				return err
			}
		}
		entry.Skip = entry.Skip && !force // a tick may still come in between
		r, wait, err := crontab.StartByHand(ctx, ledger, s.CronLauncher(), s.Config.Partition, entry)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.Err, "run %d of %s started, pid %d\n", r.ID, entry.ID, r.Process.PID)
		if detach {
			return p.tellStarted(ctx, s, r, asJSON)
		}
		r, err = wait(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("not waiting any longer: run %d goes on, 'simplest_script cron kill %d' ends it", r.ID, r.ID)
		}
		if err != nil {
			return err
		}
		return p.tellOutcome(ctx, s, r, asJSON)
	})
}

// runnable returns an entry that can be run, whether it is active here or not.
func (s session) runnable(name string) (crontab.Entry, error) {
	found, err := findCron(s.Machine, name)
	if err != nil {
		return crontab.Entry{}, err
	}
	if _, known := s.Handlers.Cron.Lookup(found.ExecCmd); !known {
		return crontab.Entry{}, fmt.Errorf("no handler is registered for exec_cmd %q: %s", found.ExecCmd, found.Reason)
	}
	found.Active = true
	entries, err := crontab.NewEntries([]conf.CronEntry{found.CronEntry}, s.Config.Location, s.CronTimeout)
	if err != nil {
		return crontab.Entry{}, err
	}
	entries[0].ID = found.id
	return entries[0], nil
}

func (s session) refuseOverlap(ctx context.Context, ledger *crontab.Ledger, e crontab.Entry) error {
	busy, err := ledger.Busy(ctx, s.Config.Partition, []string{e.ID})
	if err != nil {
		return err
	}
	if r, goesOn := busy[e.ID]; goesOn {
		return fmt.Errorf("overlap of %s is skip, and its run %d goes on (pid %d on %s): --force starts one beside it", e.ID, r.ID, r.Process.PID, r.Host)
	}
	return nil
}

// tellStarted tells a script which run it has started; a person was told.
func (p *program) tellStarted(ctx context.Context, s session, r crontab.Run, asJSON bool) error {
	if !asJSON {
		return nil
	}
	c, err := s.clock(ctx)
	if err != nil {
		return err
	}
	return p.tellRun(r, c, asJSON)
}

// tellOutcome shows how a run ended; anything but success is an error.
func (p *program) tellOutcome(ctx context.Context, s session, r crontab.Run, asJSON bool) error {
	c, err := s.clock(ctx)
	if err != nil {
		return err
	}
	if err := p.tellRun(r, c, asJSON); err != nil {
		return err
	}
	if r.State != crontab.Success {
		return errShown
	}
	return nil
}
