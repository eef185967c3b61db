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
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "next [NAME]",
		Short: "Show the ticks that come next, of one entry or of all active ones.",
		Long: `Show the ticks that come next, in the time zone of each entry, also where clocks
are put forward or back: an entry for every hour follows elapsed time, one for
certain hours the wall clock. No database is needed.`,
		Example: `  simplest_script cron next
  simplest_script cron next crontab_track -n 5
  simplest_script cron next crontab_track --after '2026-10-25 00:00:00'
  simplest_script cron next --json | jq -r '.ticks[] | .at + " " + .entry'`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: p.completeCron,
		RunE: func(cmd *cobra.Command, words []string) error {
			if count < 1 || count > maxNext {
				return usage(cmd, fmt.Errorf("-n wants a number from 1 to %d, got %d", maxNext, count))
			}
			return p.cronNext(cmd, words, count, after, asJSON)
		},
	}
	cmd.Flags().IntVarP(&count, "count", "n", 10, "show so many")
	cmd.Flags().StringVar(&after, "after", "", "show those after this time instead of now")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// tickOf is a tick of an entry.
type tickOf struct {
	at    time.Time
	entry cronEntry
}

func (p *program) cronNext(cmd *cobra.Command, words []string, count int, after string, asJSON bool) (err error) {
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
	ticks, err := ticksOf(entries, m.Config.Location, from, count)
	if err != nil {
		return err
	}
	return p.printTicks(ticks, c, asJSON)
}

// ticksOf returns the first ticks of all entries after from, count together.
func ticksOf(entries []cronEntry, zone *time.Location, from time.Time, count int) (ticks []tickOf, err error) {
	for _, e := range entries {
		schedule, err := e.schedule(zone)
		if err != nil {
			return nil, err
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
	return ticks[:min(count, len(ticks))], nil
}

// tickJSON is what cron next tells a script of a tick.
type tickJSON struct {
	At      string `json:"at"` // RFC 3339 in the zone of the entry
	Entry   string `json:"entry"`
	ExecCmd string `json:"exec_cmd"`
}

func (p *program) printTicks(ticks []tickOf, c clock, asJSON bool) error {
	list := []tickJSON{}
	for _, t := range ticks {
		at := t.at.In(t.entry.zone(c.zone))
		list = append(list, tickJSON{at.Format(time.RFC3339), t.entry.id, t.entry.ExecCmd})
		if !asJSON {
			fmt.Fprintf(p.Out, "%s  %-12s %s\n", at.Format("2006-01-02 15:04:05 Mon -07:00"), c.distance(t.at.UnixMilli()), visible(t.entry.id))
		}
	}
	if asJSON {
		return p.printJSON(map[string]any{"ticks": list})
	}
	return nil
}
