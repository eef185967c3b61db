package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
)

// maxNext keeps cron next within what a person or a script takes at once.
const maxNext = 10_000

func (p *program) cronNextCommand() *cobra.Command {
	var count int
	var after string
	cmd := &cobra.Command{
		Use:   "next [NAME]",
		Short: "Show the ticks that come next, of one entry or of all active ones.",
		Long: `Show the ticks that come next, in the time zone of each entry, also where clocks
are put forward or back: an entry for every hour follows elapsed time, one for
certain hours the wall clock. No database is needed.`,
		Example: `  simplest_script cron next
  simplest_script cron next crontab_track -n 5
  simplest_script cron next crontab_track --after '2026-10-25 00:00:00'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: p.completeCron,
		RunE: func(cmd *cobra.Command, words []string) error {
			if count < 1 || count > maxNext {
				return usage(cmd, fmt.Errorf("-n wants a number from 1 to %d, got %d", maxNext, count))
			}
			return p.cronNext(cmd, words, count, after)
		},
	}
	cmd.Flags().IntVarP(&count, "count", "n", 10, "show so many")
	cmd.Flags().StringVar(&after, "after", "", "show those after this time instead of now")
	return cmd
}

// tickOf is a tick of an entry.
type tickOf struct {
	at    time.Time
	entry cronEntry
}

func (p *program) cronNext(cmd *cobra.Command, words []string, count int, after string) (err error) {
	m, err := p.load()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	c := clock{zone: m.Config.Location, now: time.Now()}
	from := c.now
	if after != "" {
		if from, err = parseMoment(after, c.zone); err != nil {
			return usage(cmd, err)
		}
	}
	entries := slices.DeleteFunc(cronEntries(m), func(e cronEntry) bool { return !e.Active })
	if len(words) == 1 {
		e, err := findCron(m, words[0])
		if err != nil {
			return err
		}
		if !e.Active {
			fmt.Fprintf(p.Err, "%s is inactive here: %s\n", e.id, e.Reason)
		}
		entries = []cronEntry{e}
	}
	var ticks []tickOf
	for _, e := range entries {
		schedule, err := e.schedule(m.Config.Location)
		if err != nil {
			return err
		}
		at := from
		for range count {
			if at = schedule.Next(at); at.IsZero() {
				break
			}
			ticks = append(ticks, tickOf{at, e})
		}
	}
	slices.SortStableFunc(ticks, func(a, b tickOf) int { return a.at.Compare(b.at) })
	for _, t := range ticks[:min(count, len(ticks))] {
		fmt.Fprintf(p.Out, "%s  %-12s %s\n", t.at.In(t.entry.zone(c.zone)).Format("2006-01-02 15:04:05 Mon -07:00"), c.distance(t.at.UnixMilli()), visible(t.entry.id))
	}
	return nil
}
