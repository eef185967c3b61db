package consumer

import (
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/logger"
	"simplest_script/core/middleware"
)

// failure is what a handler's error says.
type failure struct {
	reason  error
	forGood bool
	after   time.Duration // when it asked to be tried again; negative: as the backoff says
}

// explain reads a handler's error. Reading it runs code of the handler's, and a typed
// nil, the commonest of mistakes, panics there: that is a failure too.
func explain(err error) (f failure) {
	defer func() {
		if v := recover(); v != nil {
			f = failure{reason: fmt.Errorf("the handler returned an error of type %T that panics when it is read: %v", err, v), after: -1}
		}
	}()
	f = failure{reason: errors.New(err.Error()), forGood: errors.Is(err, core.ErrSkipRetry), after: -1}
	var asked *core.RetryAfterError
	if errors.As(err, &asked) {
		f.after = max(asked.After, 0)
	}
	return f
}

// logPanic writes the stack of a panic to the log. Its value may quote the message,
// and stands in the dead letter only.
func (x *executor) logPanic(t *core.Task, p *middleware.PanicError) {
	x.log.Error("handler panicked", zap.String(logger.KeyTaskID, t.ID), zap.Int(logger.KeyAttempt, t.Attempt),
		zap.String("type", fmt.Sprintf("%T", p.Value)), zap.ByteString("stack", p.Stack))
}
