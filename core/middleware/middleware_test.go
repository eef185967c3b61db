package middleware_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/middleware"
)

func TestRecoverTurnsAPanicIntoAnErrorWithItsStack(t *testing.T) {
	h := middleware.Recover(core.HandlerFunc(func(context.Context, *core.Task) error { panic("boom") }))
	var p *middleware.PanicError
	require.ErrorAs(t, h.Handle(t.Context(), &core.Task{}), &p)
	require.EqualError(t, p, "panic: boom")
	require.Contains(t, string(p.Stack), "middleware_test.go")
}
