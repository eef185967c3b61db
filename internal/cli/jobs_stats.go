package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/lease"
)

func (p *program) jobsStatsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Count jobs by kind: waiting, overdue, running, and what became of the newest.",
		Long: `Count jobs by kind: how many wait, how many of those are overdue or fall due
within the next minute, how many run or are held; and, of the 10,000 newest jobs
of all kinds, how many are done or failed, and how late they started at most.
Counting stops at 10,000, which is shown as 10000+: no table is too large.

Below it, from what the daemons write every few seconds: what became of jobs in
the last minute, hour and day, and how late half of them, 99 of 100 and the latest
were started.`,
		Example: `  simplest_script jobs stats
  simplest_script jobs stats --json | jq '[.kinds[].overdue] | add'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.jobsStats(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// statsJSON is what jobs stats tells a script. Counts that are CountedUpTo mean
// that many or more.
type statsJSON struct {
	CountedUpTo   int             `json:"counted_up_to"`
	Recent        int             `json:"recent"` // of so many newest jobs come done, failed, cancelled and skipped
	LivingDaemons int             `json:"living_daemons"`
	MoreKinds     bool            `json:"more_kinds"`
	Kinds         []kindStatsJSON `json:"kinds"`
	Windows       []windowJSON    `json:"windows"` // what became of jobs lately
	Paused        []string        `json:"paused"`  // kinds
}

type kindStatsJSON struct {
	ExecCmd    string `json:"exec_cmd"`
	Daemons    int    `json:"daemons"` // living ones that have a handler for it
	Waiting    int    `json:"waiting"`
	Overdue    int    `json:"overdue"`
	NextMinute int    `json:"next_minute"`
	Running    int    `json:"running"`
	Held       int    `json:"held"`
	Done       int    `json:"done"`
	Failed     int    `json:"failed"`
	Cancelled  int    `json:"cancelled"`
	Skipped    int    `json:"skipped"`
	LateMaxMs  int64  `json:"late_max_ms"`
}

func (p *program) jobsStats(ctx context.Context, asJSON bool) error {
	return p.withDatabase(ctx, func(s session) error {
		stats, err := inspect.New(s.db).Stats(ctx)
		if err != nil {
			return err
		}
		living, err := lease.NewSQLStore(s.db).Living(ctx)
		if err != nil {
			return err
		}
		shown := statsOf(stats, audience{living: living})
		windows, err := s.windows(ctx)
		if err != nil {
			return err
		}
		paused, err := sqlstore.New(s.db).Pauses(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			shown.Windows, shown.Paused = windows.json(), pausedJSON(paused)
			return p.printJSON(shown)
		}
		p.printStats(stats, shown)
		p.printWindows(windows)
		p.printPaused(paused)
		return nil
	})
}

func statsOf(stats *inspect.Stats, a audience) statsJSON {
	shown := statsJSON{
		CountedUpTo: inspect.CountMost, Recent: stats.Recent, LivingDaemons: len(a.living), MoreKinds: stats.More,
		Kinds: []kindStatsJSON{},
	}
	for _, k := range stats.Kinds {
		shown.Kinds = append(shown.Kinds, kindStatsJSON{
			ExecCmd: k.Kind, Daemons: a.with(k.Kind), Waiting: k.Waiting, Overdue: k.Overdue, NextMinute: k.Soon,
			Running: k.Running, Held: k.Held, Done: k.Done, Failed: k.Failed, Cancelled: k.Cancelled, Skipped: k.Skipped,
			LateMaxMs: k.Latest.Milliseconds(),
		})
	}
	return shown
}

func (p *program) printStats(stats *inspect.Stats, shown statsJSON) {
	g := p.newGrid("KIND", ">DAEMONS", ">WAITING", ">OVERDUE", ">NEXT MINUTE", ">RUNNING", ">HELD", ">DONE", ">FAILED", ">SKIPPED", ">CANCELLED", ">MAX LATE")
	for i, k := range stats.Kinds {
		g.row(k.Kind, p.warnIf(shown.Kinds[i].Daemons == 0, shown.Kinds[i].Daemons), bounded(k.Waiting),
			p.warnIf(k.Overdue > 0, k.Overdue), bounded(k.Soon), bounded(k.Running), bounded(k.Held),
			bounded(k.Done), p.warnIf(k.Failed > 0, k.Failed), bounded(k.Skipped), bounded(k.Cancelled), about(k.Latest))
	}
	if len(stats.Kinds) > 0 {
		g.print(p.Out, "")
		fmt.Fprintln(p.Out)
	}
	if stats.More {
		fmt.Fprintf(p.Out, "There are more kinds than these %d.\n", len(stats.Kinds))
	}
	fmt.Fprintf(p.Out, "%s alive. Done, failed, skipped, cancelled and the greatest lateness are those of the newest %s.\n",
		plural(shown.LivingDaemons, "daemon"), plural(stats.Recent, "job"))
}

// bounded is a count that stopped at CountMost.
func bounded(n int) string {
	if n >= inspect.CountMost {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}

// warnIf paints a count that somebody should look at.
func (p *program) warnIf(warn bool, n int) painted {
	if warn {
		return p.paint(red, bounded(n))
	}
	return painted(bounded(n))
}
