package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"simplest_script/core/delayqueue/inspect"
)

// past is what is kept about a job beside its row.
type past struct {
	progress *inspect.Progress
	history  []inspect.Attempt
}

func (s session) past(ctx context.Context, id uint64) (past, error) {
	i := inspect.New(s.db)
	progress, said, err := i.Progress(ctx, id)
	if err != nil {
		return past{}, err
	}
	history, err := i.History(ctx, id)
	p := past{history: history}
	if said {
		p.progress = &progress
	}
	return p, err
}

type progressJSON struct {
	Percent int    `json:"percent"`
	Text    string `json:"text,omitempty"`
	At      string `json:"at"`
}

func (p past) progressJSON(c clock) *progressJSON {
	if p.progress == nil {
		return nil
	}
	return &progressJSON{p.progress.Percent, p.progress.Text, c.stamp(p.progress.At)}
}

// attemptJSON is an attempt that did not succeed.
type attemptJSON struct {
	Number  int      `json:"attempt"`
	Outcome string   `json:"outcome"` // error, or died: its daemon did
	Daemon  string   `json:"daemon"`
	Host    string   `json:"host,omitempty"`
	PID     int      `json:"pid,omitempty"`
	Due     string   `json:"due"`
	Started string   `json:"started_at,omitempty"`
	Ended   string   `json:"ended_at"`
	Error   string   `json:"error"`
	Log     []string `json:"log,omitempty"` // the last lines, of one that died
}

func (p past) historyJSON(c clock) []attemptJSON {
	out := []attemptJSON{}
	for _, a := range p.history {
		outcome := "error"
		if a.Died {
			outcome = "died"
		}
		out = append(out, attemptJSON{
			Number: a.Number, Outcome: outcome, Daemon: a.Owner, Host: a.Host, PID: a.PID, Due: c.stamp(a.Due),
			Started: c.stamp(a.Started), Ended: c.stamp(a.Ended), Error: a.Error, Log: logLines(a.Log),
		})
	}
	return out
}

func logLines(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(text, "\n"), "\n")
}

// printPast shows what is kept beside the row.
func (p *program) printPast(past past, c clock) {
	if g := past.progress; g != nil {
		fmt.Fprintf(p.Out, "  %-10s %d%%, %s (%s)\n", "progress", g.Percent, visible(g.Text), c.distance(g.At))
	}
	if len(past.history) == 0 {
		return
	}
	fmt.Fprintln(p.Out, "\nattempts that did not succeed:")
	g := p.newGrid(">#", "STARTED", ">TOOK", "DAEMON", "ERROR")
	for _, a := range past.history {
		started, took := "not known", ""
		if a.Started > 0 {
			started, took = c.moment(a.Started), about(time.Duration(a.Ended-a.Started)*time.Millisecond)
		}
		daemon := a.Owner
		if a.Host != "" {
			daemon = fmt.Sprintf("%s, pid %d", a.Host, a.PID)
		}
		g.row(a.Number, started, took, daemon, a.Error)
	}
	g.print(p.Out, "  ")
	for _, a := range past.history {
		if lines := logLines(a.Log); len(lines) > 0 {
			fmt.Fprintf(p.Out, "\nthe last lines of attempt %d, whose daemon died:\n", a.Number)
			for _, line := range lines {
				fmt.Fprintln(p.Out, "  "+visible(line))
			}
		}
	}
}
