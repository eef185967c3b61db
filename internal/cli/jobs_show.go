package cli

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/lease"
)

func (p *program) jobsShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show everything about one job, in words.",
		Long: `Show everything about one job: its params and its whole result, its times in the
configured time zone, the limits and the unique key that it was pushed with, each
attempt that did not succeed with its daemon and its error, how far it says it is,
and the daemon that has or had it. Of a job that was archived there is all but the
attempts, how far it was, and how long its unique key was to stay taken.`,
		Example: `  simplest_script jobs show 17
  simplest_script jobs show 17 --json | jq -r .result`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, words []string) error {
			id, err := strconv.ParseUint(words[0], 10, 63)
			if err != nil {
				return usage(cmd, fmt.Errorf("%q is no id: 'simplest_script jobs ls' shows them", words[0]))
			}
			return p.jobsShow(cmd.Context(), id, asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// detailJSON is what jobs show tells a script. Result is the whole one.
type detailJSON struct {
	jobJSON
	Daemon   *daemonJSON   `json:"daemon,omitempty"` // that has or had it
	Progress *progressJSON `json:"progress,omitempty"`
	History  []attemptJSON `json:"history"` // attempts that did not succeed; none of a job that is archived
	Archived string        `json:"archived_at,omitempty"`
}

func (p *program) jobsShow(ctx context.Context, id uint64, asJSON bool) error {
	return p.withDatabase(ctx, func(s session) error {
		d, err := s.find(ctx, id)
		if err != nil {
			return err
		}
		c, err := s.clock(ctx)
		if err != nil {
			return err
		}
		d.Result = cmp.Or(d.Whole, d.Result)
		past, err := s.past(ctx, id)
		if err != nil {
			return err
		}
		if asJSON {
			out := detailJSON{jobJSON: s.jobOf(d.Job, c), Progress: past.progressJSON(c), History: past.historyJSON(c), Archived: c.stamp(d.archivedAt)}
			if d.Daemon != nil {
				daemon := daemonOf(*d.Daemon, c)
				out.Daemon = &daemon
			}
			return p.printJSON(out)
		}
		living, err := lease.NewSQLStore(s.db).Living(ctx)
		if err != nil {
			return err
		}
		p.printDetail(s, d, c, audience{living, s.Handlers.Delay.Names()})
		p.printPast(past, c)
		return nil
	})
}

func (p *program) printDetail(s session, d foundJob, c clock, a audience) {
	fmt.Fprintf(p.Out, "job %d: %s\n", d.ID, p.paintStatus(d.Status))
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(p.Out, "  %-10s %s\n", key, value)
		}
	}
	line("kind", visible(d.ExecCmd))
	line("name", visible(d.Name))
	line("params", visible(d.Params))
	line("due", c.near(d.Due))
	if d.FirstDue != d.Due {
		line("first due", c.near(d.FirstDue))
	}
	line("attempts", s.attempts(d.Job))
	line("timeout", own(d.Timeout, " for each attempt"))
	line("max late", own(d.MaxLate, ", or it is skipped"))
	line("unique key", visible(d.UniqueKey))
	line("unique for", own(d.UniqueFor, " after its end"))
	line("started", started(d.Job, c))
	line("ended", ended(d.Job, c))
	line(resultName(d.Job), visible(d.Result))
	line("daemon", owner(d.Detail, c))
	line("pushed", strings.Replace(c.near(d.Created), ".000", "", 1)) // the column has seconds only
	line("changed", strings.Replace(c.near(d.Updated), ".000", "", 1))
	line("archived", c.near(d.archivedAt))
	if d.Status == core.DelayHeld {
		line("held", "it was overdue when this table was taken over: 'simplest_script migrate' tells how to decide")
	}
	if d.Status == core.DelayWaiting {
		if w := a.warning(d.ExecCmd); w != "" {
			line("but", w)
		}
	}
}

// own tells a limit of the job's own, and nothing where it has none: then it is that of
// its kind.
func own(limit time.Duration, of string) string {
	if limit == 0 {
		return ""
	}
	return limit.String() + of
}

func (s session) attempts(j inspect.Job) string {
	text := fmt.Sprintf("%d of %d", j.Attempts, s.maxAttempts(j))
	if j.Rescues > 0 {
		text += fmt.Sprintf("; taken over from a dead daemon %s, which died while running it %s", plural(j.Rescues, "time"), plural(j.Deaths, "time"))
	}
	return text
}

// started is the start of the newest attempt; how late it was is known at its end.
func started(j inspect.Job, c clock) string {
	text := c.near(j.Started)
	if text != "" && j.Status != core.DelayRunning {
		text += ", " + about(j.Late) + " late"
	}
	return text
}

func ended(j inspect.Job, c clock) string {
	text := c.near(j.Ended)
	if text != "" && j.Started > 0 {
		text += ", took " + about(time.Duration(j.Ended-j.Started)*time.Millisecond)
	}
	return text
}

// resultName says what the column result holds in this status.
func resultName(j inspect.Job) string {
	switch {
	case j.Status == core.DelayDone:
		return "result"
	case j.Status.Final():
		return "reason"
	}
	return "last error"
}

// owner is the daemon that has or had the job, and whether it lives.
func owner(d *inspect.Detail, c clock) string {
	if d.Owner == "" {
		if d.Status == core.DelayRunning {
			return "none of ours: the original program runs it, or did: 'simplest_script migrate' tells how to decide"
		}
		return ""
	}
	if d.Daemon == nil {
		return d.Owner + ", which died long ago"
	}
	text := fmt.Sprintf("%s, pid %d, partition %s: ", visible(d.Daemon.Host), d.Daemon.PID, d.Daemon.Partition)
	if d.Daemon.Dead {
		return text + "dead since " + c.near(d.Daemon.EndedAt) + ", " + visible(strings.TrimSpace(d.Daemon.Why))
	}
	return text + "alive, last beat " + c.distance(d.Daemon.BeatAt)
}
