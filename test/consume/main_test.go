//go:build unix

package consume_test

import (
	"context"
	"io"
	"os"
	"strings"
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
	quick = "note"      // writes down that it was called
	slow  = "note_slow" // takes a millisecond besides
	job   = "delayed"   // a delay job that does nothing
)

// journalVariable names the folder in which daemons write down what they do.
const journalVariable = "CONSUME_JOURNAL"

// TestMain plays the daemon where a test started this program as one.
func TestMain(m *testing.M) {
	dir := os.Getenv(journalVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	go endWithTest()
	given := cli.IO{In: strings.NewReader(""), Out: os.Stdout, Err: os.Stderr, Environ: os.Environ()}
	os.Exit(cli.Execute(context.Background(), []string{"run"}, given, module(dir)))
}

// endWithTest ends this process when the test has ended, however it did: then the
// other end of standard input is closed.
func endWithTest() {
	_, _ = io.Copy(io.Discard, os.Stdin)
	os.Exit(1)
}

func module(dir string) plug.Module {
	return plug.Module{Name: "consume", Handlers: func(h plug.Handlers, _ *svc.Services) {
		p := newPen(dir)
		h.Consumer.Add(quick, core.HandlerFunc(func(_ context.Context, t *core.Task) error { return p.note(t) }))
		h.Consumer.Add(slow, core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
			if !outage.Sleep(ctx, time.Millisecond) {
				return context.Cause(ctx)
			}
			return p.note(t)
		}))
		h.Delay.Add(job, core.HandlerFunc(func(context.Context, *core.Task) error { return nil }))
	}}
}
