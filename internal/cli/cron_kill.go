package cli

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/crontab"
)

func (p *program) cronKillCommand() *cobra.Command {
	var grace time.Duration
	cmd := &cobra.Command{
		Use:   "kill NAME|RUN",
		Short: "End the runs of an entry that go on, or one run by its number.",
		Long: `End the runs of an entry that go on, or one run by its number, together with all
processes that they started: SIGTERM to the group, and SIGKILL to what is left of
it after --grace. A run on another machine is asked to end, which it sees with its
next beat.`,
		Example: `  simplest_script cron kill crontab_track
  simplest_script cron kill 4711 --grace 1m`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: p.completeCron,
		RunE:              func(cmd *cobra.Command, words []string) error { return p.cronKill(cmd.Context(), words[0], grace) },
	}
	cmd.Flags().DurationVar(&grace, "grace", 10*time.Second, "time between SIGTERM and SIGKILL")
	return cmd
}

func (p *program) cronKill(ctx context.Context, word string, grace time.Duration) error {
	return p.withDatabase(ctx, func(s session) error {
		ledger := crontab.NewLedger(s.db)
		unfinished, err := ledger.Unfinished(ctx, s.Config.Partition)
		if err != nil {
			return err
		}
		chosen, err := s.chosen(word)
		if err != nil {
			return err
		}
		killed := 0
		for _, r := range unfinished {
			if !chosen(r) {
				continue
			}
			how, err := endRun(ctx, ledger, r, grace)
			if err != nil {
				return err
			}
			fmt.Fprintf(p.Out, "run %d of %s: %s\n", r.ID, visible(r.Entry), visible(how))
			killed++
		}
		if killed == 0 {
			return fmt.Errorf("no run of %s goes on in partition %s", word, s.Config.Partition)
		}
		return nil
	})
}

// chosen returns which runs a word names.
func (s session) chosen(word string) (func(crontab.Run) bool, error) {
	e, err := findCron(s.Machine, word)
	if err == nil {
		return func(r crontab.Run) bool { return r.Entry == e.id }, nil
	}
	id, notNumber := strconv.ParseUint(word, 10, 63)
	if notNumber != nil {
		return nil, err
	}
	return func(r crontab.Run) bool { return r.ID == id }, nil
}

// endRun ends a run and says how.
func endRun(ctx context.Context, ledger *crontab.Ledger, r crontab.Run, grace time.Duration) (string, error) {
	err := crontab.ErrElsewhere
	if r.State == crontab.Running && r.Same(crontab.Here()) {
		err = crontab.Kill(ctx, r.Process, grace)
	}
	switch {
	case errors.Is(err, crontab.ErrElsewhere):
		return "asked to end; it sees that with its next beat", ledger.AskToStop(ctx, r.ID)
	case err != nil && !errors.Is(err, crontab.ErrGone):
		return "", err
	}
	// Mostly the run has written its outcome itself.
	_, err = ledger.Conclude(ctx, r, crontab.Outcome{State: crontab.Failed, Reason: "killed by a person"}, crontab.Running)
	if err != nil {
		return "", err
	}
	now, err := ledger.Run(ctx, r.ID)
	return string(now.State) + ": " + now.Reason, err
}
