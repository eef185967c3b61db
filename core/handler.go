package core

import (
	"context"
	"encoding/json"
	"fmt"
)

// Handler does one task. The work is at least once: the same Task.ID can come
// again, after an error and after a crash.
//
// nil means done. An error means: try again later, until Task.MaxAttempts. An
// error that wraps ErrSkipRetry means: failed for good. A panic counts as an
// error. When ctx ends, context.Cause(ctx) says why: ErrTimeout, ErrDrain,
// ErrLeaseLost or ErrCancelled.
type Handler interface {
	Handle(ctx context.Context, t *Task) error
}

// HandlerFunc is a function that is a Handler.
type HandlerFunc func(ctx context.Context, t *Task) error

// Handle calls f.
func (f HandlerFunc) Handle(ctx context.Context, t *Task) error { return f(ctx, t) }

// BatchHandler does several tasks at once. A nil slice means that all are done;
// otherwise it holds one outcome per task, in their order, with the meaning that
// Handler gives to an error.
type BatchHandler interface {
	HandleBatch(ctx context.Context, ts []*Task) []error
}

// BatchHandlerFunc is a function that is a BatchHandler.
type BatchHandlerFunc func(ctx context.Context, ts []*Task) []error

// HandleBatch calls f.
func (f BatchHandlerFunc) HandleBatch(ctx context.Context, ts []*Task) []error { return f(ctx, ts) }

// Middleware puts one concern around a handler.
type Middleware func(Handler) Handler

// Chain puts the middlewares around h; the first one is the outermost.
func Chain(h Handler, ms ...Middleware) Handler {
	for i := len(ms) - 1; i >= 0; i-- {
		h = ms[i](h)
	}
	return h
}

// JSON is a Handler for payloads that are JSON of type T. A payload that does
// not decode is failed for good, with the reason: trying it again cannot help.
func JSON[T any](f func(ctx context.Context, t *Task, v T) error) Handler {
	return HandlerFunc(func(ctx context.Context, t *Task) error {
		var v T
		if err := json.Unmarshal(t.Payload, &v); err != nil {
			return fmt.Errorf("decoding the params of %s as JSON: %w: %w", t.ExecCmd, err, ErrSkipRetry)
		}
		return f(ctx, t, v)
	})
}
