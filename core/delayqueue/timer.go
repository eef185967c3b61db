package delayqueue

import (
	"context"
	"time"
)

// longestSleep bounds one sleep of the timer, after which it looks at the clock
// again: the machine may have been suspended, the database's clock set.
const longestSleep = time.Second

// runTimer starts jobs at their due time until ctx ends: one sleeper for all
// jobs, woken when an earlier one comes in.
func (e *Engine) runTimer(ctx context.Context) {
	pulse := e.keeper.Watch("delay timer")
	defer pulse.Close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		pulse.Report()
		sleep := longestSleep
		next, wait := e.hand.fire(e.clock.millis())
		if next != 0 {
			sleep = min(max(e.clock.until(next), 0), longestSleep)
		}
		if wait > 0 {
			sleep = min(sleep, wait)
		}
		timer.Reset(sleep)
		select {
		case <-ctx.Done():
			return
		case <-e.hand.earlier:
		case <-timer.C:
		}
	}
}
