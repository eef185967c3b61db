package delayqueue

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/tool/drain"
)

// lastFlush is how long the completer may try to record the last outcomes.
const lastFlush = 10 * time.Second

// drain ends a run: give back what was not started, let the running handlers
// finish, record what they did. It returns an error where work was cut off.
func (e *Engine) drain(work context.Context, stopCompleter func(context.Context) int) error {
	unstarted := e.hand.close()
	e.release(context.Background(), unstarted)
	e.log.Info("delay queue drains", zap.Int("released", len(unstarted)), zap.Int("running", e.hand.runningNow()))

	stuck := 0
	if !drain.Wait(work, &e.hand.slots) {
		stuck = e.hand.runningNow()
	}
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
