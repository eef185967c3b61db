package consumer

import (
	"errors"
	"fmt"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/logger"
	"simplest_script/core/middleware"
)

// explain reads what a handler's error says: whether it is for good, and why. Reading it
// runs code of the handler's, and a typed nil, the commonest of mistakes, panics
// there: that is a failure too.
func explain(err error) (forGood bool, reason error) {
	defer func() {
		if v := recover(); v != nil {
			forGood, reason = false, fmt.Errorf("the handler returned an error of type %T that panics when it is read: %v", err, v)
		}
	}()
	return errors.Is(err, core.ErrSkipRetry), errors.New(err.Error())
}

// logPanic writes the stack of a panic to the log. Its value may quote the message,
// and stands in the dead letter only.
func (x *executor) logPanic(t *core.Task, p *middleware.PanicError) {
	x.log.Error("handler panicked", zap.String(logger.KeyTaskID, t.ID), zap.Int(logger.KeyAttempt, t.Attempt),
		zap.String("type", fmt.Sprintf("%T", p.Value)), zap.ByteString("stack", p.Stack))
}
