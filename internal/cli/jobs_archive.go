package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/delayqueue/sqlstore"
)

// archiveFlags say what is to be archived.
type archiveFlags struct {
	older               time.Duration
	failed, remove, yes bool
}

func (p *program) jobsArchiveCommand() *cobra.Command {
	var f archiveFlags
	cmd := &cobra.Command{
		Use:   "archive --older DURATION",
		Short: "Move jobs that have come to an end to the archive, or remove them.",
		Long: `Move jobs that came to an end longer ago than --older from delay_queue_log to
script_delay_archive, or remove them with --delete: those that are done, cancelled
or skipped, and with --failed those that failed. A thousand are moved at a time, so
that nobody waits for it; it can be broken off, and begun again, at any time.

Daemons do this by themselves where DelayQueue.KeepDone or KeepFailed is set.`,
		Example: `  simplest_script jobs archive --older 720h
  simplest_script jobs archive --older 2160h --failed --delete --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.older <= 0 {
				return usage(cmd, errors.New("--older wants how long ago the jobs ended at least, such as 720h for 30 days"))
			}
			return p.jobsArchive(cmd.Context(), f)
		},
	}
	flags := cmd.Flags()
	flags.DurationVar(&f.older, "older", 0, "how long ago the jobs ended at least")
	flags.BoolVar(&f.failed, "failed", false, "failed jobs too")
	flags.BoolVar(&f.remove, "delete", false, "remove them instead of keeping them in the archive")
	flags.BoolVar(&f.yes, "yes", false, "do not ask")
	return cmd
}

func (f archiveFlags) statuses() []core.DelayStatus {
	statuses := []core.DelayStatus{core.DelayDone, core.DelayCancelled, core.DelaySkipped}
	if f.failed {
		statuses = append(statuses, core.DelayFailed)
	}
	return statuses
}

func (p *program) jobsArchive(ctx context.Context, f archiveFlags) error {
	return p.withDatabase(ctx, func(s session) error {
		c, err := s.clock(ctx)
		if err != nil {
			return err
		}
		before := c.now.Add(-f.older).Unix()
		counts, err := f.count(ctx, s, before)
		if err != nil {
			return err
		}
		if counts == "" {
			fmt.Fprintln(p.Out, "No such jobs.")
			return nil
		}
		verb := "moved to the archive"
		if f.remove {
			verb = "removed"
		}
		if !f.yes {
			if err := p.confirm(fmt.Sprintf("Jobs that ended before %s to be %s: %s. Go on?", c.moment(before*1000), verb, counts)); err != nil {
				return err
			}
		}
		return p.archiveAll(ctx, s, f, before, verb)
	})
}

// count says in words how many jobs there are, or nothing where there are none.
func (f archiveFlags) count(ctx context.Context, s session, before int64) (string, error) {
	var parts []string
	for _, status := range f.statuses() {
		n, err := inspect.New(s.db).Old(ctx, status, before)
		if err != nil {
			return "", err
		}
		if n > 0 {
			parts = append(parts, bounded(n)+" "+status.String())
		}
	}
	return strings.Join(parts, ", "), nil
}

func (p *program) archiveAll(ctx context.Context, s session, f archiveFlags, before int64, verb string) (err error) {
	store, sum := sqlstore.New(s.db), 0
	defer func() { fmt.Fprintf(p.Out, "%s %s.\n", plural(sum, "job"), verb) }()
	for _, status := range f.statuses() {
		for at, more := (delayqueue.Place{}), true; more; more = at != (delayqueue.Place{}) {
			var n int
			if n, at, err = store.RetireFrom(ctx, at, status, before, !f.remove, delayqueue.RowsPerRetire); err != nil {
				return err
			}
			sum += n
		}
	}
	return nil
}
