package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/lease"
)

func (p *program) jobsWhyCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "why ID",
		Short: "Tell why a job does not run, or why it ended as it did.",
		Long: `Tell in a sentence or two why a job does not run, or why it ended as it did: not
due yet, its kind paused or unknown to all daemons, others before it, running, or
the reason of its end; and whether it was archived.`,
		Example: `  simplest_script jobs why 17
  simplest_script jobs why 17 --json | jq -r '.reasons[]'`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, words []string) error {
			ids, err := parseIDs(words)
			if err != nil {
				return usage(cmd, err)
			}
			return p.jobsWhy(cmd.Context(), ids[0], asJSON)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print one JSON object")
	return cmd
}

// whyJSON is what jobs why tells a script. What is 0 or false is left out, and so
// is all below Due of a job that does not wait.
type whyJSON struct {
	ID       uint64   `json:"id"`
	Status   string   `json:"status"`
	ExecCmd  string   `json:"exec_cmd"`
	Due      string   `json:"due"`
	Overdue  bool     `json:"overdue,omitempty"`
	Paused   bool     `json:"paused,omitempty"`  // its kind is
	Before   int      `json:"before,omitempty"`  // jobs of its kind that are due before it, at most counted_up_to of jobs stats
	Running  int      `json:"running,omitempty"` // jobs of its kind in the hands of daemons; likewise
	Archived string   `json:"archived_at,omitempty"`
	Reasons  []string `json:"reasons"` // the sentences that a person is told
}

func whyOf(d foundJob, standing inspect.Standing, reasons []string, c clock) whyJSON {
	w := whyJSON{ID: d.ID, Status: d.Status.String(), ExecCmd: d.ExecCmd, Due: c.stamp(d.Due), Archived: c.stamp(d.archivedAt), Reasons: reasons}
	if d.Status == core.DelayWaiting {
		w.Overdue, w.Paused = d.Due <= standing.Now, standing.Paused != nil
		w.Before, w.Running = standing.Before, standing.Running
	}
	return w
}

func (p *program) jobsWhy(ctx context.Context, id uint64, asJSON bool) error {
	return p.withDatabase(ctx, func(s session) error {
		d, err := s.find(ctx, id)
		if err != nil {
			return err
		}
		standing, err := inspect.New(s.db).Standing(ctx, d.Job)
		if err != nil {
			return err
		}
		living, err := lease.NewSQLStore(s.db).Living(ctx)
		if err != nil {
			return err
		}
		c, err := s.clock(ctx)
		if err != nil {
			return err
		}
		reasons := s.reasons(d.Detail, standing, audience{living, s.Handlers.Delay.Names()}, c)
		if where := d.whereabouts(c); where != "" {
			reasons = append(reasons, where)
		}
		if asJSON {
			return p.printJSON(whyOf(d, standing, reasons, c))
		}
		for _, sentence := range reasons {
			fmt.Fprintln(p.Out, visible(sentence))
		}
		return nil
	})
}

// reasons are sentences about where a job stands.
func (s session) reasons(d *inspect.Detail, standing inspect.Standing, a audience, c clock) []string {
	switch d.Status {
	case core.DelayWaiting:
		return s.whyWaiting(d, standing, a, c)
	case core.DelayRunning:
		lines := []string{fmt.Sprintf("It is in the hands of %s.", owner(d, c))}
		switch asked := standing.Asked; {
		case asked == nil:
		case asked.Action == delayqueue.ToCancel:
			lines = append(lines, "Its daemon was asked to cancel it "+c.distance(asked.At)+".")
		case asked.Action == delayqueue.ToMove:
			lines = append(lines, "Its daemon was asked "+c.distance(asked.At)+" to move it to "+c.moment(asked.Due)+", unless its handler has begun.")
		}
		return lines
	case core.DelayHeld:
		return []string{"It was overdue when this table was taken over, so a person has to decide: 'jobs run-now' or 'jobs cancel', or for all of them 'migrate --overdue=run|skip'."}
	case core.DelayDone:
		return []string{fmt.Sprintf("It is done, at attempt %d: %s.", d.Attempts, ended(d.Job, c))}
	}
	return []string{fmt.Sprintf("It is %s, after %d of %d attempts: %s", d.Status, d.Attempts, s.maxAttempts(d.Job), d.Result)}
}

func (s session) whyWaiting(d *inspect.Detail, standing inspect.Standing, a audience, c clock) (lines []string) {
	if d.Due > standing.Now {
		lines = append(lines, "It is not due before "+c.near(d.Due)+".")
	} else {
		lines = append(lines, "It has been due since "+c.near(d.Due)+".")
	}
	if d.Attempts > 0 {
		lines = append(lines, fmt.Sprintf("It failed %d of %d times and waits for its next attempt; the last error: %s", d.Attempts, s.maxAttempts(d.Job), d.Result))
	}
	if paused := standing.Paused; paused != nil {
		line := fmt.Sprintf("Jobs of %s are paused since %s", d.ExecCmd, c.near(paused.Since))
		if paused.Reason != "" {
			line += ": " + paused.Reason
		}
		lines = append(lines, line+". 'simplest_script jobs resume "+d.ExecCmd+"' ends that.")
	}
	if w := a.warning(d.ExecCmd); w != "" {
		lines = append(lines, "But "+w+".")
	}
	if d.Due <= standing.Now && standing.Before > 0 {
		lines = append(lines, fmt.Sprintf("%s jobs of its kind are due before it, and %s are in the hands of daemons.", bounded(standing.Before), bounded(standing.Running)))
	}
	return lines
}
