//go:build unix

package bench_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/consumer"
)

// engine works off total messages of a source with a registered handler that does
// nothing but count, through the machine's own engine. It fails where the handler
// was not called exactly once for each.
func engine(b *testing.B, src core.Source, e conf.QueueEntry, total int, begun func()) {
	var calls tally
	var done atomic.Int64
	observe := func(ev consumer.Event) { done.Add(int64(ev.Done)) }
	noop := func(_ context.Context, t *core.Task) error {
		calls[t.Partition].n.Add(1)
		return nil
	}
	through(b, src, e, noop, observe, func() { follow(b, total, begun, func() int { return int(done.Load()) }) })
	require.Equal(b, total, calls.sum(), "calls of the handler")
}

// through runs the machine's own engine on a source with a registered handler, until
// a function returns.
func through(b *testing.B, src core.Source, e conf.QueueEntry, handler core.HandlerFunc, observe consumer.Observer, until func()) {
	reg := core.NewRegistry()
	reg.Add("bench", handler)
	e.Name, e.ExecCmd, e.Active = "bench", "bench", true
	e.MaxProgress, e.ProgressLagLimit, e.ProgressAvgMsgcount = e.Progress, 1, 1
	eng := consumer.NewEngine(consumer.Config{}, reg, func(conf.QueueEntry) (core.Source, error) { return src, nil }, zap.NewNop(), observe)
	eng.Apply([]conf.QueueEntry{e})
	intake, stop := context.WithCancel(b.Context())
	ended := make(chan error, 1)
	go func() { ended <- eng.Run(intake, b.Context()) }()
	until()
	stop()
	require.NoError(b, <-ended)
}

// follow looks each millisecond how many messages are done, calls begun when there
// are some, and returns when there are all.
func follow(b *testing.B, total int, begun func(), done func() int) {
	look := time.NewTicker(time.Millisecond)
	defer look.Stop()
	late := time.After(patience)
	for some := false; done() < total; {
		select {
		case <-look.C:
		case <-late:
			b.Fatalf("%d of %d messages are missing", total-done(), total)
		}
		if !some && done() > 0 {
			some = true
			begun()
		}
	}
}
