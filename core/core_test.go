package core_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func nop(context.Context, *core.Task) error { return nil }

func TestSetResultKeepsTheLastThatEncodes(t *testing.T) {
	var task core.Task
	require.Nil(t, task.Result())
	require.NoError(t, task.SetResult("first"))
	require.NoError(t, task.SetResult(map[string]int{"n": 2}))
	require.Error(t, task.SetResult(math.NaN()))
	require.JSONEq(t, `{"n":2}`, string(task.Result()))
}

func TestProgressIsClampedAndSafeFromManyGoroutines(t *testing.T) {
	var task core.Task
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { task.Progress(i, "busy") })
	}
	all.Wait()
	task.Progress(250, "done")
	percent, text := task.LastProgress()
	require.Equal(t, 100, percent)
	require.Equal(t, "done", text)
	task.Progress(-1, "")
	percent, _ = task.LastProgress()
	require.Zero(t, percent)
}

func TestRegistryCollectsMistakesInsteadOfPanicking(t *testing.T) {
	r := core.NewRegistry()
	r.Add("order_close", core.HandlerFunc(nop), core.MaxAttempts(3), core.Timeout(time.Second), core.Concurrency(7))
	r.Add("order_close", core.HandlerFunc(nop))
	r.Add("", core.HandlerFunc(nop))
	r.Add("nil_handler", nil)
	r.AddBatch("nil_batch", nil)
	r.Add("Order_Close", core.HandlerFunc(nop))
	r.Add("trailing ", core.HandlerFunc(nop))
	r.Add("negative", core.HandlerFunc(nop), core.Concurrency(-1))

	err := r.Err()
	for _, want := range []string{`"order_close" is registered twice`, "without a name", `"order_close" and "Order_Close"`, `"trailing " is registered with white space`, `"nil_handler"`, `"nil_batch"`, `"negative"`} {
		require.ErrorContains(t, err, want)
	}
	require.Equal(t, []string{"order_close"}, r.Names())
	reg, ok := r.Lookup("order_close")
	require.True(t, ok)
	require.Equal(t, 3, reg.Options.MaxAttempts)
	require.Equal(t, time.Second, reg.Options.Timeout)
	require.Equal(t, 7, reg.Options.Concurrency)
	_, ok = r.Lookup("nil_handler")
	require.False(t, ok)
}

func TestBatchHandlersAreRegisteredAsSuch(t *testing.T) {
	r := core.NewRegistry()
	r.AddBatch("bulk", core.BatchHandlerFunc(func(context.Context, []*core.Task) []error { return nil }))
	require.NoError(t, r.Err())
	reg, _ := r.Lookup("bulk")
	require.NotNil(t, reg.Batch)
	require.Nil(t, reg.Handler)
}

func TestJSONFailsForGoodWhatItCannotDecode(t *testing.T) {
	type params struct{ ID int }
	var got params
	h := core.JSON(func(_ context.Context, _ *core.Task, p params) error { got = p; return nil })

	require.NoError(t, h.Handle(t.Context(), &core.Task{ExecCmd: "x", Payload: []byte(`{"ID":7}`)}))
	require.Equal(t, 7, got.ID)
	err := h.Handle(t.Context(), &core.Task{ExecCmd: "x", Payload: []byte(`{"ID":"seven"}`)})
	require.ErrorIs(t, err, core.ErrSkipRetry)
	require.ErrorContains(t, err, "decoding the params of x")
}

func TestChainPutsTheFirstMiddlewareOutside(t *testing.T) {
	var order []string
	mark := func(name string) core.Middleware {
		return func(next core.Handler) core.Handler {
			return core.HandlerFunc(func(ctx context.Context, t *core.Task) error {
				order = append(order, name)
				return next.Handle(ctx, t)
			})
		}
	}
	h := core.Chain(core.HandlerFunc(func(context.Context, *core.Task) error { return errors.New("inner") }), mark("outer"), mark("inner"))
	require.EqualError(t, h.Handle(t.Context(), &core.Task{}), "inner")
	require.Equal(t, []string{"outer", "inner"}, order)
}

func TestDelayStatusNamesAndEnds(t *testing.T) {
	ends := map[core.DelayStatus]bool{
		core.DelayWaiting: false, core.DelayRunning: false, core.DelayHeld: false,
		core.DelayDone: true, core.DelayFailed: true, core.DelayCancelled: true, core.DelaySkipped: true,
	}
	for status, final := range ends {
		require.Equal(t, final, status.Final(), status.String())
		require.NotEqual(t, "unknown", status.String())
	}
	require.Equal(t, "unknown", core.DelayStatus(99).String())
}

func TestDelayStatusesAreAllThatHaveAName(t *testing.T) {
	all := core.DelayStatuses()
	require.True(t, slices.IsSorted(all), "%v", all)
	for s := range core.DelayStatus(math.MaxUint8) {
		require.Equal(t, s.String() != "unknown", slices.Contains(all, s), "status %d", s)
	}
}
