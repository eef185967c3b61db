package consumer

import (
	"errors"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/logger"
	"simplest_script/core/middleware"
	"simplest_script/core/tool/backoff"
)

// judge decides what becomes of a message whose attempt has failed.
func (x *executor) judge(l *lane, t *core.Task, err error) (pause time.Duration, ok bool) {
	if l.ctx.Err() != nil { // cut off: it comes again
		return 0, false
	}
	x.failed.Add(1)
	f := middleware.Read(err)
	if t.Attempt < x.attempts && !f.ForGood {
		if pause = f.After; pause < 0 {
			pause = x.pause(t.Attempt)
		}
		t.Attempt++
		x.tell(Event{Retried: 1})
		return pause, false
	}
	reason := errors.New(f.Text)
	l.doom.decide(t, reason)
	return x.bury(l, t, reason)
}

// pause returns how long a message waits after the given attempt: what the backoff of
// the registration says. A backoff that does not return is replaced by the default.
func (x *executor) pause(attempt int) (d time.Duration) {
	if err := middleware.Apart(func() { d = x.backoff(attempt) }); err != nil {
		x.log.Error("the Backoff of a handler did not return: its default is used instead", zap.Int(logger.KeyAttempt, attempt), zap.Error(err))
		return backoff.Quick(attempt)
	}
	return d
}

// bury puts a message aside for good. Where that cannot be done what must wait for
// it waits: skipping it would lose it.
func (x *executor) bury(l *lane, t *core.Task, reason error) (pause time.Duration, ok bool) {
	line := []zap.Field{zap.String("lane", l.name), zap.String(logger.KeyTaskID, t.ID), zap.Int(logger.KeyAttempt, t.Attempt)}
	if err := l.Dead(l.ctx, t, reason); err != nil {
		x.log.Error("dead letter cannot be written: its lane stands still until it can", append(line, zap.Error(err))...)
		return backoff.Longest, false
	}
	l.doom.done(t)
	x.dead.Add(1)
	x.tell(Event{Dead: 1})
	x.log.Warn("message dead-lettered, its dead letter says why", line...)
	return 0, true
}
