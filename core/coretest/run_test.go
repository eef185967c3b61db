package coretest_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/coretest"
	"simplest_script/core/middleware"
)

func TestRunShowsWhatTheHandlerDid(t *testing.T) {
	out := coretest.Run(t, core.HandlerFunc(func(_ context.Context, t *core.Task) error {
		t.Progress(30, "a third")
		if err := t.SetResult(map[string]int{"attempt": t.Attempt}); err != nil {
			return err
		}
		return errors.New("not yet")
	}), "x", coretest.Attempt(3))
	require.EqualError(t, out.Err, "not yet")
	require.JSONEq(t, `{"attempt":3}`, out.Result)
	require.Equal(t, 30, out.Percent)
	require.Equal(t, "a third", out.Progress)
}

func TestRunReportsAPanicAsAnError(t *testing.T) {
	out := coretest.Run(t, core.HandlerFunc(func(context.Context, *core.Task) error { panic("boom") }), "")
	var p *middleware.PanicError
	require.ErrorAs(t, out.Err, &p)
	require.Equal(t, "boom", p.Value)
	require.Contains(t, string(p.Stack), "run_test.go")
}

func TestRunShowsSuccessors(t *testing.T) {
	next := core.DelayQueuePushParams{ExecCmd: "next", DelayTime: 60}
	out := coretest.Run(t, core.HandlerFunc(func(_ context.Context, t *core.Task) error { return t.PushOnDone(next) }), "")
	require.NoError(t, out.Err)
	require.Equal(t, []core.DelayQueuePushParams{next}, out.Successors)
}
