package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"simplest_script/core"
	"simplest_script/core/middleware"
	"simplest_script/test/goexit"
)

// empty is an error whose methods panic on nil.
type empty struct{ text string }

func (e *empty) Error() string { return e.text }

func TestReadTellsWhatAnErrorAsksFor(t *testing.T) {
	var typedNil *empty
	for name, c := range map[string]struct {
		err  error
		want middleware.Failure
	}{
		"plain":       {errors.New("no"), middleware.Failure{Text: "no", After: -1}},
		"for good":    {fmt.Errorf("no: %w", core.ErrSkipRetry), middleware.Failure{Text: "no: not to be retried", ForGood: true, After: -1}},
		"timeout":     {core.ErrTimeout, middleware.Failure{Text: "handler timeout", TimedOut: true, After: -1}},
		"after":       {core.RetryAfter(errors.New("429"), time.Minute), middleware.Failure{Text: "429", After: time.Minute}},
		"after, past": {core.RetryAfter(errors.New("429"), -time.Minute), middleware.Failure{Text: "429"}},
		"typed nil": {typedNil, middleware.Failure{After: -1,
			Text: "the handler returned an error of type *middleware_test.empty that panics when it is read: runtime error: invalid memory address or nil pointer dereference"}},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, middleware.Read(c.err)) })
	}
}

func TestReadOutlivesAnErrorThatEndsItsGoroutine(t *testing.T) {
	want := middleware.Failure{Text: "the handler returned an error of type goexit.Error that calls runtime.Goexit when it is read", After: -1}
	for _, method := range goexit.Methods() {
		require.Equal(t, want, middleware.Read(goexit.Error{In: method}), method)
	}
	require.Equal(t, middleware.Failure{Text: "no", After: -1}, middleware.Read(goexit.Error{In: "none"}))

	panics := middleware.Recover(core.HandlerFunc(func(context.Context, *core.Task) error { panic(goexit.Error{In: "Error"}) }))
	require.Equal(t, "the handler returned an error of type *middleware.PanicError that calls runtime.Goexit when it is read",
		middleware.Read(panics.Handle(t.Context(), &core.Task{})).Text)
}

func TestLogPanicKeepsTheValueOutOfTheLog(t *testing.T) {
	core1, logs := observer.New(zap.ErrorLevel)
	task := &core.Task{ID: "7", Attempt: 2}
	middleware.LogPanic(zap.New(core1), task, errors.New("no panic"))
	require.Zero(t, logs.Len())
	err := middleware.Recover(core.HandlerFunc(func(context.Context, *core.Task) error { panic("13800000000") })).Handle(t.Context(), task)
	middleware.LogPanic(zap.New(core1), task, err)
	require.Equal(t, 1, logs.FilterMessage("handler panicked").Len())
	fields := logs.All()[0].ContextMap()
	require.Equal(t, []any{"7", int64(2), "string"}, []any{fields["task_id"], fields["attempt"], fields["type"]})
	require.Contains(t, fmt.Sprintf("%s", fields["stack"]), "failure_test.go")
	require.NotContains(t, fmt.Sprint(logs.All()[0]), "13800000000")
}
