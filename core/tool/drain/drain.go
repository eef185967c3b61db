// Package drain waits for the handlers of something that stops.
package drain

import (
	"context"
	"sync"
	"time"
)

// afterWork is how long handlers have to return once their contexts have ended.
const afterWork = 2 * time.Second

// Wait waits until all of handlers have returned. Those that go on for two seconds
// after work has ended are not waited for any longer: then it returns false.
func Wait(work context.Context, handlers *sync.WaitGroup) bool {
	idle := make(chan struct{})
	go func() {
		handlers.Wait()
		close(idle)
	}()
	select {
	case <-idle:
		return true
	case <-work.Done():
	}
	select {
	case <-idle:
		return true
	case <-time.After(afterWork):
		return false
	}
}
