package middleware_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"simplest_script/core"
	"simplest_script/core/middleware"
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

// ends is an error one of whose methods ends its goroutine.
type ends struct{ in string }

func (e ends) Error() string { return e.call("Error", "no") }
func (e ends) Is(error) bool { return e.call("Is", "") != "" }
func (e ends) As(any) bool   { return e.call("As", "") != "" }
func (e ends) Unwrap() error { e.call("Unwrap", ""); return nil }
func (e ends) call(name, answer string) string {
	if e.in == name {
		runtime.Goexit()
	}
	return answer
}

func TestReadOutlivesAnErrorThatEndsItsGoroutine(t *testing.T) {
	want := middleware.Failure{Text: "the handler returned an error of type middleware_test.ends that calls runtime.Goexit when it is read", After: -1}
	for _, method := range []string{"Error", "Is", "As", "Unwrap"} {
		require.Equal(t, want, middleware.Read(ends{method}), method)
	}
	require.Equal(t, middleware.Failure{Text: "no", After: -1}, middleware.Read(ends{"none"}))

	panics := middleware.Recover(core.HandlerFunc(func(context.Context, *core.Task) error { panic(ends{"Error"}) }))
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
