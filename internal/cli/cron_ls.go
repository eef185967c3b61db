package cli

import (
	"context"

	"github.com/spf13/cobra"

	"simplest_script/crontab"
)

func (p *program) cronLsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the entries with their next tick and what became of the last one.",
		Long: `List the entries of crontab_<partition>.json: the name of each, under which
cron run, why and kill know it and which is uk in crontab_log, its next tick, and
what became of the last one. An entry that is inactive here says why.`,
		Example: `  simplest_script cron ls
  simplest_script cron ls --json | jq -r '.entries[] | select(.last.state == "failed") | .entry'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.cronLs(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// cronJSON is what cron ls tells a script of an entry.
type cronJSON struct {
	Entry   string   `json:"entry"`
	ExecCmd string   `json:"exec_cmd"`
	Name    string   `json:"name"`
	Cron    string   `json:"cron"`
	Zone    string   `json:"time_zone"`
	Active  bool     `json:"active"`
	Reason  string   `json:"reason,omitempty"`
	Next    string   `json:"next,omitempty"`
	Last    *runJSON `json:"last,omitempty"`
}

func (p *program) cronLs(ctx context.Context, asJSON bool) error {
	return p.withDatabase(ctx, func(s session) error {
		latest, err := crontab.NewLedger(s.db).Latest(ctx, s.Config.Partition)
		if err != nil {
			return err
		}
		c, err := s.clock(ctx)
		if err != nil {
			return err
		}
		list := make([]cronJSON, 0, len(s.Config.Crontab))
		g := p.newGrid("ENTRY", "CRON", "NEXT", "LAST", "STATE", "NAME")
		for _, e := range cronEntries(s.Machine) {
			item, next := cronJSON{
				Entry: e.id, ExecCmd: e.ExecCmd, Name: e.Name, Cron: e.Cron, Zone: e.zone(s.Config.Location).String(), Active: e.Active, Reason: e.Reason,
			}, "inactive: "+e.Reason
			if e.Active {
				schedule, err := e.schedule(s.Config.Location)
				if err != nil {
					return err
				}
				tick := schedule.Next(c.now).UnixMilli()
				item.Next, next = c.stamp(tick), c.distance(tick)
			}
			var last, state any = "", ""
			if r, there := latest[e.id]; there {
				run := runOf(r, c)
				item.Last = &run
				last, state = c.distance(r.Tick.UnixMilli()), p.paintState(r.State)
			}
			list = append(list, item)
			g.row(e.id, e.Spec(), next, last, state, clip(e.Name, 30))
		}
		if asJSON {
			return p.printJSON(struct {
				Entries []cronJSON `json:"entries"`
			}{list})
		}
		g.print(p.Out, "")
		return nil
	})
}
