//go:build unix

package consume_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"simplest_script/core"
	"simplest_script/core/plug"
	"simplest_script/core/svc"
	"simplest_script/core/tool/outage"
	"simplest_script/internal/cli"
)

// The handlers of the daemons.
const (
	quick   = "note"         // writes down that it was called
	slow    = "note_slow"    // takes a millisecond besides
	flaky   = "note_flaky"   // fails with the first attempt
	panicky = "note_panicky" // panics with the first attempt
	gated   = "note_gated"   // waits until the test opens the gate
	job     = "delayed"      // a delay job that does nothing
	tick    = "tick"         // a cron task that writes down that it was called
)

// journalVariable names the folder in which daemons write down what they do.
const journalVariable = "CONSUME_JOURNAL"

// TestMain plays the daemon where a test started this program as one, and the task
// of a daemon.
func TestMain(m *testing.M) {
	dir := os.Getenv(journalVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	args := []string{"run"}
	if len(os.Args) > 1 && os.Args[1] == "task" {
		args = os.Args[1:]
	} else {
		go endWithTest()
	}
	given := cli.IO{In: strings.NewReader(""), Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}
	os.Exit(cli.Execute(context.Background(), args, given, module(dir)))
}

// endWithTest ends this process when the test has ended, however it did: then the
// other end of standard input is closed.
func endWithTest() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

func module(dir string) plug.Module {
	return plug.Module{Name: "consume", Handlers: func(h plug.Handlers, _ *svc.Services) {
		p := sync.OnceValue(func() *pen { return newPen(dir) }) // tasks need none
		h.Consumer.Add(quick, core.HandlerFunc(func(_ context.Context, t *core.Task) error { return p().note(t) }))
		h.Consumer.Add(slow, core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
			if !outage.Sleep(ctx, time.Millisecond) {
				return context.Cause(ctx)
			}
			return p().note(t)
		}))
		h.Consumer.Add(flaky, core.HandlerFunc(func(_ context.Context, t *core.Task) error {
			if t.Attempt == 1 {
				return errors.New("the first attempt fails")
			}
			return p().note(t)
		}), soon)
		h.Consumer.Add(panicky, core.HandlerFunc(func(_ context.Context, t *core.Task) error {
			if t.Attempt == 1 {
				panic("a mistake in a handler")
			}
			return p().note(t)
		}), soon)
		h.Consumer.Add(gated, core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
			if err := passGate(ctx, filepath.Join(filepath.Dir(dir), "gate")); err != nil {
				return err
			}
			return p().note(t)
		}))
		h.Delay.Add(job, core.HandlerFunc(func(context.Context, *core.Task) error { return nil }))
		h.Cron.Add(tick, core.HandlerFunc(func(_ context.Context, t *core.Task) error { return noteTick(dir, t) }))
		h.Cron.Add(panicky, core.HandlerFunc(func(context.Context, *core.Task) error { panic("a mistake in a handler") }))
	}}
}

// soon is how long a failed message waits.
var soon = core.Backoff(func(int) time.Duration { return time.Millisecond })

// passGate waits until the test has opened the gate.
func passGate(ctx context.Context, gate string) error {
	for {
		if _, err := os.Stat(gate); err == nil {
			return nil
		}
		if !outage.Sleep(ctx, 10*time.Millisecond) {
			return context.Cause(ctx)
		}
	}
}
