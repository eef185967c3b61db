package cli

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/core/conf"
	"simplest_script/crontab"
	"simplest_script/internal/app"
)

func (p *program) cronCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "cron",
		Short: "Look at the cron tasks of this partition, run and end them.",
		Example: `  simplest_script cron ls
  simplest_script cron why crontab_track '2026-11-22 08:00:00'
  simplest_script cron run crontab_track`,
	}
	return group(cmd, p.cronLsCommand(), p.cronNextCommand(), p.cronWhyCommand(), p.cronRunCommand(), p.cronKillCommand())
}

// cronEntry is an entry of the crontab as commands name it.
type cronEntry struct {
	conf.CronEntry
	id string
}

func cronEntries(m *app.Machine) []cronEntry {
	ids := crontab.IDs(m.Config.Crontab)
	entries := make([]cronEntry, len(ids))
	for i, e := range m.Config.Crontab {
		entries[i] = cronEntry{e, ids[i]}
	}
	return entries
}

// findCron returns the entry with that id, or else the only one with that
// exec_cmd or name.
func findCron(m *app.Machine, word string) (cronEntry, error) {
	var found []cronEntry
	var known []string
	for _, e := range cronEntries(m) {
		if e.id == word {
			return e, nil
		}
		if e.ExecCmd == word || e.Name == word {
			found = append(found, e)
		}
		known = append(known, e.id)
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return cronEntry{}, fmt.Errorf("partition %s has no cron entry %q%s: 'simplest_script cron ls' shows them", m.Config.Partition, word, suggestion(word, known))
	}
	return cronEntry{}, fmt.Errorf("several cron entries are called %q: take the name in the first column of 'simplest_script cron ls'", word)
}

func (e cronEntry) schedule(zone *time.Location) (crontab.Schedule, error) {
	return crontab.ParseSchedule(e.Spec(), zone)
}

// zone is where the times of the entry are shown.
func (e cronEntry) zone(zone *time.Location) *time.Location {
	if loc, err := time.LoadLocation(e.TimeZone); e.TimeZone != "" && err == nil {
		return loc
	}
	return zone
}

// completeCron completes the name of an entry.
func (p *program) completeCron(_ *cobra.Command, given []string, _ string) ([]string, cobra.ShellCompDirective) {
	m, err := app.Load(p.home, p.Environ, p.modules)
	if err != nil || len(given) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer func() { _ = m.Close() }()
	return slices.Compact(crontab.IDs(m.Config.Crontab)), cobra.ShellCompDirectiveNoFileComp
}

// paintState gives the word for a state the colour that people expect.
func (p *program) paintState(s crontab.State) painted {
	switch s {
	case crontab.Starting, crontab.Running:
		return p.paint(cyan, string(s))
	case crontab.Success:
		return p.paint(green, string(s))
	case crontab.Failed, crontab.Lost, crontab.Missed:
		return p.paint(red, string(s))
	case crontab.Skipped:
		return p.paint(yellow, string(s))
	}
	return painted(s)
}

// runJSON is what commands tell a script of a run.
type runJSON struct {
	ID      uint64 `json:"id"`
	Entry   string `json:"entry"`
	Tick    string `json:"tick"`
	TickEnd string `json:"tick_end,omitempty"`
	ByHand  bool   `json:"by_hand,omitempty"`
	State   string `json:"state"`
	Reason  string `json:"reason,omitempty"`
	Host    string `json:"host,omitempty"`
	PID     int    `json:"pid,omitempty"`
	Started string `json:"started,omitempty"`
	Ended   string `json:"ended,omitempty"`
	CostMs  int64  `json:"cost_ms"`
	PeakKB  int64  `json:"peak_kb,omitempty"`
	Result  string `json:"result,omitempty"`
}

func runOf(r crontab.Run, c clock) runJSON {
	return runJSON{
		ID: r.ID, Entry: r.Entry, Tick: c.stamp(r.Tick.UnixMilli()), TickEnd: c.stamp(millis(r.TickEnd)), ByHand: r.Hand != 0, State: string(r.State),
		Reason: r.Reason, Host: r.Host, PID: r.Process.PID, Started: c.stamp(millis(r.StartedAt)), Ended: c.stamp(millis(r.EndedAt)),
		CostMs: r.Cost.Milliseconds(), PeakKB: r.PeakKB, Result: r.Result,
	}
}

// millis is a time as clock wants it.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// printRun shows a run in words.
func (p *program) printRun(r crontab.Run, c clock) {
	fmt.Fprintf(p.Out, "run %d of %s: %s\n", r.ID, visible(r.Entry), p.paintState(r.State))
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(p.Out, "  %-9s %s\n", key, visible(value))
		}
	}
	switch {
	case r.Hand != 0:
		line("asked", c.near(r.Tick.UnixMilli())+" by a person")
	case !r.TickEnd.IsZero():
		line("ticks", c.moment(r.Tick.UnixMilli())+" to "+c.moment(r.TickEnd.UnixMilli()))
	default:
		line("tick", c.near(r.Tick.UnixMilli()))
	}
	line("reason", r.Reason)
	if r.Process.PID != 0 {
		line("process", "pid "+strconv.Itoa(r.Process.PID)+" on "+r.Host)
	}
	line("started", c.near(millis(r.StartedAt)))
	if r.State == crontab.Running {
		line("last beat", c.near(millis(r.BeatAt)))
		if r.Progress != "" || r.Percent > 0 {
			line("progress", fmt.Sprintf("%d%% %s", r.Percent, r.Progress))
		}
		return
	}
	line("ended", c.near(millis(r.EndedAt)))
	if !r.StartedAt.IsZero() {
		line("took", r.Cost.String())
	}
	if r.PeakKB > 0 {
		line("memory", fmt.Sprintf("%.1f MB at most", float64(r.PeakKB)/1024))
	}
	line("result", r.Result)
}
