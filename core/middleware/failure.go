package middleware

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/logger"
)

// Failure is what a handler's error says.
type Failure struct {
	Text     string
	ForGood  bool          // the work is not to be tried again
	TimedOut bool          // it speaks of the timeout itself
	After    time.Duration // when the handler asked to be tried again; negative: it did not ask
}

// Read reads a handler's error. Reading it runs code of the handler's, which may panic
// or end its goroutine: that is a failure too.
func Read(err error) (f Failure) {
	if Apart(func() { f = read(err) }) != nil {
		f = Failure{Text: fmt.Sprintf("the handler returned an error of type %T that calls runtime.Goexit when it is read", err), After: -1}
	}
	return f
}

// read reads an error whose methods return or panic. Those of a typed nil do, the
// commonest of mistakes.
func read(err error) (f Failure) {
	f.After = -1
	defer func() {
		if v := recover(); v != nil {
			f.Text = fmt.Sprintf("the handler returned an error of type %T that panics when it is read: %v", err, v)
		}
	}()
	f.Text = err.Error()
	f.ForGood = errors.Is(err, core.ErrSkipRetry)
	f.TimedOut = errors.Is(err, core.ErrTimeout)
	var asked *core.RetryAfterError
	if errors.As(err, &asked) {
		f.After = max(asked.After, 0)
	}
	return f
}

// PanicOf returns the panic that err is, or nil.
func PanicOf(err error) *PanicError {
	p, _ := err.(*PanicError) //nolint:errorlint // As would call methods of the handler's own error
	return p
}

// LogPanic writes the stack to the log where err is a panic. Its value may quote what
// the handler was given, and is for the outcome only.
func LogPanic(log *zap.Logger, t *core.Task, err error, more ...zap.Field) {
	if p := PanicOf(err); p != nil {
		log.Error("handler panicked", append(more, zap.String(logger.KeyTaskID, t.ID), zap.Int(logger.KeyAttempt, t.Attempt),
			zap.String("type", fmt.Sprintf("%T", p.Value)), zap.ByteString("stack", p.Stack))...)
	}
}
