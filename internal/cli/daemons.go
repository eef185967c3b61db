package cli

import (
	"context"
	"fmt"
	"time"

	"simplest_script/core/delayqueue/inspect"

	"github.com/spf13/cobra"
)

// deadShown is how many of the daemons that ended are listed.
const deadShown = 20

func (p *program) daemonsCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "daemons",
		Short:   "Look at the daemons that work on this database.",
		Example: "  simplest_script daemons ls",
	}
	return group(cmd, p.daemonsLsCommand())
}

func (p *program) daemonsLsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the living daemons, and those that ended last with the reason.",
		Long: `List the living daemons of all partitions, and the 20 that ended last. Each
start of a daemon is a row; a daemon that was declared dead and goes on begins a
new one. A living one that has not beaten for long is about to be declared dead.`,
		Example: `  simplest_script daemons ls
  simplest_script daemons ls --json | jq '[.daemons[] | select(.alive)] | length'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.daemonsLs(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// daemonJSON is a daemon as a script reads it.
type daemonJSON struct {
	ID        string `json:"id"`
	Host      string `json:"host"`
	PID       int    `json:"pid"`
	Partition string `json:"partition"`
	Env       string `json:"env"`
	Version   string `json:"version"`
	Alive     bool   `json:"alive"`
	Why       string `json:"why,omitempty"` // it is not
	Started   string `json:"started_at"`
	Beat      string `json:"beat_at"` // the last one
	BeatAge   int64  `json:"beat_age_ms"`
	Ended     string `json:"ended_at,omitempty"`
}

func daemonOf(d inspect.Daemon, c clock) daemonJSON {
	return daemonJSON{
		ID: d.ID, Host: d.Host, PID: d.PID, Partition: d.Partition, Env: d.Env, Version: d.Version,
		Alive: !d.Dead, Why: d.Why, Started: c.stamp(d.StartedAt), Beat: c.stamp(d.BeatAt),
		BeatAge: max(c.now.Sub(time.UnixMilli(d.BeatAt)), 0).Milliseconds(), Ended: c.stamp(d.EndedAt),
	}
}

func (p *program) daemonsLs(ctx context.Context, asJSON bool) error {
	return p.withDatabase(ctx, func(s session) error {
		daemons, err := inspect.New(s.db).Daemons(ctx, deadShown)
		if err != nil {
			return err
		}
		c, err := s.clock(ctx)
		if err != nil {
			return err
		}
		if asJSON {
			all := make([]daemonJSON, len(daemons))
			for i, d := range daemons {
				all[i] = daemonOf(d, c)
			}
			return p.printJSON(map[string]any{"daemons": all})
		}
		if len(daemons) == 0 {
			fmt.Fprintln(p.Out, "No daemon has ever run on this database: 'simplest_script run' starts one.")
			return nil
		}
		g := p.newGrid("STATE", "HOST", ">PID", "PARTITION", "ENV", "VERSION", "STARTED", "LAST BEAT", "WHY", "ID")
		for _, d := range daemons {
			state, beat := p.paint(green, "alive"), c.distance(d.BeatAt)
			if d.Dead {
				state, beat = p.paint(red, "dead"), c.moment(d.BeatAt)
			}
			g.row(state, d.Host, d.PID, d.Partition, d.Env, d.Version, c.moment(d.StartedAt), beat, d.Why, d.ID)
		}
		g.print(p.Out, "")
		return nil
	})
}
