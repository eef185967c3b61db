package delayqueue

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
)

const (
	// afterWork is how long handlers have to return once their contexts have ended.
	afterWork = 2 * time.Second
	// lastFlush is how long the completer may try to record the last outcomes.
	lastFlush = 10 * time.Second
)

// drain ends a run: give back what was not started, let the running handlers
// finish, record what they did. It returns an error where work was cut off.
func (e *Engine) drain(work context.Context, stopCompleter func(context.Context) int) error {
	unstarted := e.hand.close()
	e.release(context.Background(), unstarted)
	e.log.Info("delay queue drains", zap.Int("released", len(unstarted)), zap.Int("running", e.hand.runningNow()))

	stuck := e.waitForHandlers(work)
	ctx, cancel := context.WithTimeout(context.Background(), lastFlush)
	defer cancel()
	unrecorded := stopCompleter(ctx)
	if err := e.writeStatistics(ctx); err != nil {
		e.log.Debug("the last statistics were not written", zap.Error(err))
	}
	if cut := int(e.cutOff.Load()); cut+stuck+unrecorded > 0 {
		return fmt.Errorf("delay queue stopped with work cut off: %d handlers cancelled, %d did not return, %d outcomes not recorded; those jobs run again", cut, stuck, unrecorded)
	}
	return nil
}

// waitForHandlers returns how many handlers have not returned a while after work ended.
func (e *Engine) waitForHandlers(work context.Context) int {
	idle := make(chan struct{})
	go func() {
		e.hand.slots.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return 0
	case <-work.Done():
	}
	select {
	case <-idle:
		return 0
	case <-time.After(afterWork):
		return e.hand.runningNow()
	}
}
