package logger

import (
	"context"

	"go.uber.org/zap"

	"simplest_script/core"
)

// The keys under which a line says which work it belongs to.
const (
	KeyTaskID  = "task_id"
	KeyExecCmd = "exec_cmd"
	KeyAttempt = "attempt"
)

type contextKey struct{}

// From returns the logger that ctx carries, or that of the main log.
func From(ctx context.Context) *zap.Logger {
	if l, ok := ctx.Value(contextKey{}).(*zap.Logger); ok {
		return l
	}
	return NewLogger("")
}

// Into returns a context that carries l.
func Into(ctx context.Context, l *zap.Logger) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// With returns a context whose logger adds fields to each line.
func With(ctx context.Context, fields ...zap.Field) context.Context {
	return Into(ctx, From(ctx).With(fields...))
}

// WithTask returns a context whose logger says with each line which task it
// belongs to, and which attempt. Payload and result never reach the log.
func WithTask(ctx context.Context, t *core.Task) context.Context {
	return With(ctx,
		zap.String(KeyTaskID, t.ID), zap.String(KeyExecCmd, t.ExecCmd), zap.Int(KeyAttempt, t.Attempt))
}
