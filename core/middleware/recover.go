// Package middleware holds what is put around handlers, one concern per file.
package middleware

import (
	"context"
	"fmt"
	"runtime/debug"

	"simplest_script/core"
)

// PanicError is what a handler's panic becomes.
type PanicError struct {
	Value any
	Stack []byte
}

// Error returns the value of the panic; the stack is for the log.
func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// Recover turns a panic of the handler into a *PanicError.
func Recover(next core.Handler) core.Handler {
	return core.HandlerFunc(func(ctx context.Context, t *core.Task) (err error) {
		defer func() {
			if v := recover(); v != nil {
				err = &PanicError{Value: v, Stack: debug.Stack()}
			}
		}()
		return next.Handle(ctx, t)
	})
}
