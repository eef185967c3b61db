package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/internal/app"
)

// queueTimeout bounds the question to the daemon.
const queueTimeout = 5 * time.Second

func (p *program) queueCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "queue",
		Short:   "Look at the consumers of Kafka topics and Redis lists.",
		Example: "  simplest_script queue ls\n  simplest_script queue why kafka_test",
	}
	return group(cmd, p.queueLsCommand(), p.queueWhyCommand())
}

func (p *program) queueLsCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "ls",
		Short: "List the entries of queue_<partition>.json, and what the daemon on this host does for each.",
		Long: `List the entries of queue_<partition>.json. Those that the daemon of this
partition works on are shown with workers, lag and counts; the daemon is asked
over HTTP, so it must run from the same home, with a Port in its configuration.`,
		Example: `  simplest_script queue ls
  simplest_script queue ls --json | jq '.queues[] | {exec_cmd, workers}'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return p.queueLs(cmd.Context(), asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) queueLs(ctx context.Context, asJSON bool) (err error) {
	m, err := p.load()
	if err != nil {
		return err
	}
	defer closeAfter(m, &err)
	views, asked := queueViews(ctx, m)
	if asJSON {
		return p.printJSON(map[string]any{"queues": append([]app.QueueView{}, views...), "daemon": asked == nil}) // [], never null
	}
	if asked != nil {
		fmt.Fprintf(p.Err, "warning: %v\n", asked)
	}
	working := map[string]app.QueueView{}
	for _, v := range views {
		working[v.ExecCmd+" "+v.Source] = v
	}
	g := p.newGrid("EXEC_CMD", "SOURCE", ">WORKERS", ">LAG", ">IN HAND", ">DONE", ">FAILED", ">DEAD", "STATE", "NAME")
	for _, e := range m.Config.Queue {
		v, ok := working[e.ExecCmd+" "+e.Topic+e.Key]
		switch {
		case ok:
			g.row(e.ExecCmd, v.Source, v.Workers, lagOf(v), v.InHand, v.Done, v.Failed, v.Dead, p.paint(green, "working"), e.Name)
		case e.Active:
			g.row(e.ExecCmd, e.Topic+e.Key, "", "", "", "", "", "", p.paint(yellow, "active, no daemon here"), e.Name)
		default:
			g.row(e.ExecCmd, e.Topic+e.Key, "", "", "", "", "", "", "inactive: "+e.Reason, e.Name)
		}
	}
	g.print(p.Out, "")
	return nil
}

// lagOf is the lag that the autoscaler read last.
func lagOf(v app.QueueView) string {
	if len(v.Decisions) == 0 {
		return ""
	}
	last := v.Decisions[len(v.Decisions)-1]
	if last.LagError != "" {
		return "unknown"
	}
	return fmt.Sprint(last.Lag + last.Stuck)
}

func (p *program) queueWhyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "why EXEC_CMD",
		Short: "Tell why a consumer has as many workers as it has.",
		Long: `Tell the last decisions about the number of workers of a consumer, the newest
last, each with what it was made from: the lag, what was done and what failed
since the look before. The daemon on this host is asked, see queue ls.`,
		Example: "  simplest_script queue why kafka_test\n  simplest_script queue why kafka_test --json | jq '.decisions[-1]'",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, given []string) error { return p.queueWhy(cmd.Context(), given[0], asJSON) },
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

func (p *program) queueWhy(ctx context.Context, execCmd string, asJSON bool) (err error) {
	m, err := p.load()
	if err != nil {
		return err
	}
	defer closeAfter(m, &err)
	views, err := queueViews(ctx, m)
	if err != nil {
		return err
	}
	for _, v := range views {
		if v.ExecCmd != execCmd {
			continue
		}
		if asJSON {
			return p.printJSON(v)
		}
		fmt.Fprintf(p.Out, "%s, %s: %s\n", v.ExecCmd, v.Source, plural(v.Workers, "worker"))
		if len(v.Decisions) == 0 {
			fmt.Fprintln(p.Out, "No look at the lag yet: the first comes after Consumer.CheckEvery.")
			return nil
		}
		g := p.newGrid("TIME", ">FROM", ">TO", ">LAG", ">DONE", ">FAILED", "WHY")
		for _, d := range v.Decisions {
			g.row(d.At.In(m.Config.Location).Format("15:04:05"), d.Workers, d.Desired, d.Lag+d.Stuck, d.Done, d.Failed, d.Reason)
		}
		g.print(p.Out, "")
		return nil
	}
	return fmt.Errorf("the daemon runs no consumer %q: 'simplest_script queue ls' lists them", execCmd)
}

// queueViews asks the daemon of this home.
func queueViews(ctx context.Context, m *app.Machine) (views []app.QueueView, err error) {
	a, err := m.DaemonAddress()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+a.Address+app.QueuesPath, nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("asking the daemon with pid %d: %w", a.PID, err)
	}
	defer func() { _ = response.Body.Close() }() // all of it has been read
	if err := json.NewDecoder(response.Body).Decode(&views); err != nil {
		return nil, fmt.Errorf("reading the answer of the daemon with pid %d: %w", a.PID, err)
	}
	return views, nil
}

// closeAfter closes the machine at the end of a command.
func closeAfter(m *app.Machine, err *error) {
	if closing := m.Close(); *err == nil {
		*err = closing
	}
}
