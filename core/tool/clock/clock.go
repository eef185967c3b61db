// Package clock is the one way in which the engines read time, so that a test
// can put another clock in its place.
package clock

import "time"

// Clock tells the time in two ways that must not be mixed up.
type Clock interface {
	// Wall is the time of day. It jumps when somebody sets it.
	Wall() time.Time
	// Boot is the time since some fixed point, and never goes back. Unlike Go's
	// monotonic clock it also counts while the machine is suspended, so a lease
	// that is measured with it cannot be overslept.
	Boot() time.Duration
}

// System is the clock of this machine.
type System struct{}

// Wall returns the time of day.
func (System) Wall() time.Time { return time.Now() }
