package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"simplest_script/core"
)

// ends are the two contexts of DESIGN's lifecycle: intake ends when the daemon is
// to take no more work, work ends when it is to abandon what still runs.
type ends struct {
	intake, work           context.Context
	stopIntake, cutOffWork context.CancelFunc
}

// newEnds returns ends of which intake ends with ctx, and work one drain later.
func newEnds(ctx context.Context, drain time.Duration) (*ends, func()) {
	e := &ends{}
	e.intake, e.stopIntake = context.WithCancel(ctx)
	e.work, e.cutOffWork = context.WithCancel(context.WithoutCancel(ctx))
	var deadline *time.Timer
	armed := make(chan struct{})
	disarm := context.AfterFunc(e.intake, func() {
		deadline = time.AfterFunc(drain, e.cutOffWork)
		close(armed)
	})
	return e, func() {
		if !disarm() {
			<-armed
			deadline.Stop()
		}
		e.stopIntake()
		e.cutOffWork()
	}
}

// runGroup runs the components side by side until all have ended. The fault of
// one ends the intake of all.
func runGroup(e *ends, components []core.Component) error {
	problems := make([]error, len(components))
	var all sync.WaitGroup
	for i, c := range components {
		all.Go(func() {
			if err := c.Run(e.intake, e.work); err != nil {
				problems[i] = fmt.Errorf("%s: %w", c.Name(), err)
				e.stopIntake()
			}
		})
	}
	all.Wait()
	return errors.Join(problems...)
}
