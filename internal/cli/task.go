package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/spf13/cobra"

	"simplest_script/core"
	"simplest_script/crontab"
	"simplest_script/internal/app"
	"simplest_script/internal/demo"
)

// taskCommand is what a daemon starts for each cron run; people use cron run.
func (p *program) taskCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "task RUN TOKEN",
		Short:  "Do one cron run; daemons start this by themselves.",
		Hidden: true,
		Args:   cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, words []string) error {
			id, err := strconv.ParseUint(words[0], 10, 63)
			token, err2 := strconv.ParseUint(words[1], 10, 63)
			if err := errors.Join(err, err2); err != nil {
				return usage(cmd, fmt.Errorf("daemons start this by themselves, people use 'simplest_script cron run': %w", err))
			}
			err = p.task(cmd.Context(), id, token)
			if errors.Is(err, crontab.ErrStuck) {
				crontab.EndOwnGroup()
			}
			return err
		},
	}
}

func (p *program) task(ctx context.Context, id, token uint64) (err error) {
	ctx, stop := stoppable(ctx)
	defer stop()
	m, err := app.LoadTask(p.home, p.Environ, append(p.modules, demo.New(io.Discard).Module()))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, m.Close()) }()
	if err := m.Report.Err(); err != nil {
		return err
	}
	// What the handler prints has a file of its own; log lines go to the log.
	if err := m.Log(io.Discard, p.Clock); err != nil {
		return err
	}
	state, err := m.RunTask(ctx, id, token)
	if err == nil && state != crontab.Success {
		return errShown // in the ledger
	}
	return err
}

// stoppable returns a context that ends with SIGTERM or Ctrl-C, which is its cause.
func stoppable(ctx context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	signals, over := make(chan os.Signal, 1), make(chan struct{})
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	go func() {
		select {
		case s := <-signals:
			cancel(fmt.Errorf("%w by the signal %s", core.ErrCancelled, s))
		case <-over:
		}
	}()
	return ctx, func() { signal.Stop(signals); close(over); cancel(nil) }
}
