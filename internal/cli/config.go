package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"simplest_script/core/conf"
	"simplest_script/core/conf/strict"
	"simplest_script/internal/app"
)

func (p *program) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Look at the configuration as the daemon understands it.",
		Example: "  simplest_script config show",
	}
	return group(cmd, p.configShowCommand())
}

func (p *program) configShowCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show",
		Short: "Show every effective value and where it comes from, and which entries are active.",
		Long: `Show every effective value of the configuration with the place that it comes
from: a line of a file, an environment variable, or the default. Passwords and
other secrets are masked. Then the consumers and cron tasks of this partition,
and why each is active here or not.`,
		Example: `  simplest_script config show
  SCRIPT_ENV=release simplest_script config show
  simplest_script config show --json | jq -r '.values[] | select(.path == "TimeZone").value'`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return p.configShow(asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// configJSON is what config show tells a script.
type configJSON struct {
	Environment conf.Environment `json:"environment"`
	Partition   string           `json:"partition"`
	Home        string           `json:"home"`
	Files       []string         `json:"files"`
	Values      []conf.Value     `json:"values"`
	Queue       []entryJSON      `json:"queue"`
	Crontab     []entryJSON      `json:"crontab"`
}

type entryJSON struct {
	Name     string `json:"name"`
	ExecCmd  string `json:"exec_cmd"`
	Topic    string `json:"topic,omitempty"`
	Key      string `json:"key,omitempty"`
	Cron     string `json:"cron,omitempty"`
	Active   bool   `json:"active"`
	Reason   string `json:"reason,omitempty"` // why it is not
	Position string `json:"position"`
}

func entryOf(e conf.Entry) entryJSON {
	return entryJSON{Name: e.Name, ExecCmd: e.ExecCmd, Active: e.Active, Reason: e.Reason, Position: e.Position.String()}
}

// configShow shows a configuration with errors as well, as far as it was read.
func (p *program) configShow(asJSON bool) error {
	m, err := app.Load(p.home, p.Environ, p.modules)
	if err != nil {
		return err
	}
	shown := describe(m.Config)
	if asJSON {
		if err := p.printJSON(shown); err != nil {
			return err
		}
	} else {
		p.printConfig(shown)
	}
	if n := m.Report.Count(strict.Error); n > 0 {
		fmt.Fprintf(p.Err, "The configuration has %s: 'simplest_script check' shows what is wrong.\n", plural(n, "error"))
		return errShown
	}
	return nil
}

func describe(c *conf.Config) configJSON {
	shown := configJSON{
		Environment: c.Env, Partition: c.Partition, Home: c.Home,
		Files: append([]string{}, c.Files...), Values: c.Explain(), Queue: []entryJSON{}, Crontab: []entryJSON{},
	}
	for _, q := range c.Queue {
		e := entryOf(q.Entry)
		e.Topic, e.Key = q.Topic, q.Key
		shown.Queue = append(shown.Queue, e)
	}
	for _, task := range c.Crontab {
		e := entryOf(task.Entry)
		e.Cron = task.Cron
		shown.Crontab = append(shown.Crontab, e)
	}
	return shown
}

func (p *program) printConfig(c configJSON) {
	fmt.Fprintf(p.Out, "environment %s, partition %s, home %s\n\n", c.Environment, c.Partition, c.Home)
	values := p.newGrid("KEY", "VALUE", "FROM")
	for _, v := range c.Values {
		values.row(v.Path, v.Value, v.Origin)
	}
	values.print(p.Out, "")
	if len(c.Queue)+len(c.Crontab) == 0 {
		return
	}
	fmt.Fprintln(p.Out)
	entries := p.newGrid("ENTRY", "EXEC_CMD", "NAME", "OF", "STATE", "FROM")
	for _, e := range c.Queue {
		of := "topic " + e.Topic
		if e.Key != "" {
			of = "list " + e.Key
		}
		entries.row("consumer", e.ExecCmd, clip(e.Name, nameWidth), of, p.state(e), e.Position)
	}
	for _, e := range c.Crontab {
		entries.row("cron", e.ExecCmd, clip(e.Name, nameWidth), e.Cron, p.state(e), e.Position)
	}
	entries.print(p.Out, "")
}

// nameWidth is how much room a table gives to a name.
const nameWidth = 30

func (p *program) state(e entryJSON) painted {
	if e.Active {
		return p.paint(green, "active")
	}
	return p.paint(yellow, "inactive") + painted(visible(": "+e.Reason))
}
