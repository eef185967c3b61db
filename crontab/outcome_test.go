package crontab

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/middleware"
)

func TestOutcomeSaysHowTheHandlerEnded(t *testing.T) {
	ended := func(cause error) context.Context {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(cause)
		return ctx
	}
	var typedNil *core.RetryAfterError
	for name, c := range map[string]struct {
		ctx    context.Context
		err    error
		state  State
		reason string
	}{
		"done":                       {t.Context(), nil, Success, ""},
		"done in spite of a timeout": {ended(core.ErrTimeout), nil, Success, ""},
		"failed":                     {t.Context(), errors.New("no"), Failed, "no"},
		"timeout":                    {ended(core.ErrTimeout), errors.New("no"), Failed, "handler timeout after 1m0s: no"},
		"killed by hand":             {ended(errors.New("killed")), errors.New("no"), Failed, "killed: no"},
		"an error that is a nil": {t.Context(), typedNil, Failed, "the handler returned an error of type *core.RetryAfterError that panics when it is read: " +
			"runtime error: invalid memory address or nil pointer dereference"},
		"panic": {t.Context(), &middleware.PanicError{Value: "oh", Stack: []byte("stack")}, Failed, "panic: oh"},
	} {
		t.Run(name, func(t *testing.T) {
			o := outcomeOf(c.ctx, &core.Task{}, c.err, time.Second, time.Minute)
			require.Equal(t, []any{c.state, c.reason, time.Second}, []any{o.State, o.Reason, o.Cost})
			if name == "panic" {
				require.Equal(t, "stack", o.Result, "the stack is what helps")
			}
		})
	}
}
