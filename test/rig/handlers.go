//go:build unix

package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/logger"
	"simplest_script/core/plug"
	"simplest_script/core/svc"
	"simplest_script/core/tool/outage"
	"simplest_script/test/rig/audit"
)

// The kinds of jobs that the rig's daemons know.
const (
	Work     = "rig_work"     // takes as many milliseconds as its params say
	Flaky    = "rig_flaky"    // the same, and fails the first time
	Gated    = "rig_gated"    // returns when the gate opens, or its context ends
	Stubborn = "rig_stubborn" // returns when the gate opens, whatever its context says
	Bomb     = "rig_bomb"     // kills its process where its params are Die or Crash; one at a time
	Panics   = "rig_panics"
	Wordy    = "rig_wordy"  // has a result that does not fit into its row
	Parent   = "rig_parent" // pushes a job of the kind Work with its own name and "-child"
	Chain    = "rig_chain"  // the same as Work, and has one successor, whose name is audit.Next of its own
	Deaf     = "rig_deaf"   // the same as Work, and does not listen to its context
	Broken   = "rig_broken" // the same as Work, and fails for good before World.Mend
	Novel    = "rig_novel"  // only a daemon of the newer version knows it
)

// The params of a Bomb that goes off.
const (
	Die   = "die"   // by SIGKILL
	Crash = "crash" // by a panic in a goroutine that the handler started
)

// GatedAtOnce is how many Gated jobs one daemon runs at once.
const GatedAtOnce = 50

// module is the rig's business.
func module(j *journal) plug.Module {
	return plug.Module{Name: "rig", Handlers: func(h plug.Handlers, _ *svc.Services) {
		add := func(kind string, f core.HandlerFunc, options ...core.Option) {
			h.Delay.Add(kind, j.noting(f), options...)
		}
		soon := core.Backoff(func(int) time.Duration { return 200 * time.Millisecond })
		add(Work, work)
		add(Flaky, flaky, soon)
		add(Gated, gated, core.Concurrency(GatedAtOnce))
		add(Stubborn, stubborn)
		add(Bomb, bomb, core.Concurrency(1))
		add(Panics, func(context.Context, *core.Task) error { panic("a mistake in a handler") }, soon, core.MaxAttempts(2))
		add(Wordy, func(_ context.Context, t *core.Task) error { return t.SetResult(strings.Repeat("word ", 200)) })
		add(Parent, parent(j))
		add(Chain, chain)
		add(Broken, broken)
		add(Deaf, func(ctx context.Context, t *core.Task) error { return work(context.WithoutCancel(ctx), t) })
		if os.Getenv(novelVariable) != "" {
			add(Novel, work)
		}
	}}
}

func work(ctx context.Context, t *core.Task) error {
	millis, err := strconv.Atoi(string(t.Payload))
	if err != nil {
		return fmt.Errorf("%w: %w", err, core.ErrSkipRetry)
	}
	if !outage.Sleep(ctx, time.Duration(millis)*time.Millisecond) {
		return context.Cause(ctx)
	}
	return t.SetResult(os.Getpid())
}

func chain(ctx context.Context, t *core.Task) error {
	if err := t.PushOnDone(core.DelayQueuePushParams{Name: audit.Next(t.Name), ExecCmd: Work, Params: "0"}); err != nil {
		return err
	}
	return work(ctx, t)
}

func flaky(ctx context.Context, t *core.Task) error {
	if t.Attempt == 1 {
		return errors.New("the first attempt fails")
	}
	return work(ctx, t)
}

func gated(ctx context.Context, t *core.Task) error { return passGate(ctx, t.ID) }

func stubborn(ctx context.Context, t *core.Task) error {
	return passGate(context.WithoutCancel(ctx), t.ID)
}

func bomb(ctx context.Context, t *core.Task) error {
	switch string(t.Payload) {
	case Die:
	case Crash:
		logger.From(ctx).Info("about to crash")
		go func() { panic("a mistake in a goroutine of a handler") }()
		select {} // until the process has ended
	default:
		return nil
	}
	logger.From(ctx).Info("about to die")
	if err := syscall.Kill(os.Getpid(), syscall.SIGKILL); err != nil {
		return err
	}
	select {} // until the signal is here
}

// parent pushes as business code does: with the one line that takes no arguments.
func parent(j *journal) core.HandlerFunc {
	return func(_ context.Context, t *core.Task) error {
		child := core.DelayQueuePushParams{Name: t.Name + "-child", ExecCmd: Work, Params: "0"}
		pushed := j.pushing(audit.Push{Names: []string{child.Name}})
		ids, err := delayqueue.NewDelayQueue().Push([]core.DelayQueuePushParams{child})
		pushed(ids, err)
		return err
	}
}
