package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/delayqueue"
	"simplest_script/crontab"
	"simplest_script/internal/app"
	"simplest_script/internal/demo"
)

// runFlags are the flags of run.
type runFlags struct {
	demo   bool
	length time.Duration
	json   bool
}

func (p *program) runCommand() *cobra.Command {
	var f runFlags
	cmd := &cobra.Command{
		Use:   "run",
		Short: "Run the daemon of this partition until it is told to stop.",
		Long: `Run the daemon of this partition until SIGTERM or Ctrl-C.

Then it takes no more work, gives back what it has not started, lets running
handlers finish for as long as Drain says, and ends. A second signal ends it at
once. Exit codes: 0 all work ended in good order; 1 an error, a bad
configuration, or work that was cut off; 2 a wrong command line.`,
		Example: `  simplest_script run
  simplest_script run --demo                  # nothing installed: embedded services, jobs of its own
  simplest_script run --demo --for 20s --json # for scripts: one JSON object on standard output
  SCRIPT_ENV=release SCRIPT_PARTITION=script2 simplest_script run`,
		Args: args(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.length < 0 {
				return usage(cmd, fmt.Errorf("--for wants a time such as 20s, got %s", f.length))
			}
			return p.run(cmd.Context(), f)
		},
	}
	cmd.Flags().BoolVar(&f.demo, "demo", false, "push jobs of its own and show what becomes of each (dev only)")
	cmd.Flags().DurationVar(&f.length, "for", 0, "stop by itself after this time, counted from ready, such as 20s")
	cmd.Flags().BoolVar(&f.json, "json", false, "print one JSON object with the counts of this run on standard output, everything else on standard error")
	return cmd
}

func (p *program) run(ctx context.Context, f runFlags) (err error) {
	people := p.Out
	if f.json {
		people = p.Err
	}
	var show *demo.Demo
	if f.demo {
		show = demo.New(people)
		p.modules = append(p.modules, show.Module())
	}
	m, err := p.load()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	if f.demo && m.Config.Env != conf.Dev {
		return fmt.Errorf("the demo pushes jobs of its own, so it runs only in dev; SCRIPT_ENV is %s", m.Config.Env)
	}
	if err := m.Log(people, p.Clock); err != nil {
		return err
	}
	if f.demo {
		m.Config.Queue = append(m.Config.Queue, demo.Entries()...)
		m.Config.Crontab = append(m.Config.Crontab, demo.CronEntries()...)
	}
	showBanner(people, m)

	ctx, stop := interruptible(ctx, people)
	defer stop()
	counts := newCounts()
	if f.demo || f.json || f.length > 0 {
		counts.delay.TrackOpen()
	}
	err = m.Run(ctx, p.runOptions(f, people, counts, show, stop))
	return errors.Join(err, p.summary(f, people, m, counts))
}

func (p *program) runOptions(f runFlags, people io.Writer, counts *counts, show *demo.Demo, stop func()) app.RunOptions {
	began := time.Now()
	o := app.RunOptions{Version: buildVersion(), Clock: p.Clock, Observe: counts.delay.Observe, Consume: counts.consumed, Cron: counts.ran}
	if show != nil {
		o.Observe = onlyOwn(func(e delayqueue.Event) { counts.delay.Observe(e); show.Observe(e) }).observe
		o.Cron = func(r crontab.Run) { counts.ran(r); show.ObserveCron(r) }
		o.Beside = []core.Component{show}
	}
	o.Ready = func(address string) {
		showReady(people, time.Since(began), address, f.length)
		if f.length > 0 {
			time.AfterFunc(f.length, stop)
		}
	}
	return o
}
