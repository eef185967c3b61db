//go:build unix

package rig

import (
	"time"

	"simplest_script/core/tool/clock"
)

// jumpingClock is that of a machine whose time of day is set again every second: it is
// an hour slow, right, or an hour fast.
type jumpingClock struct{ clock.System }

// Wall implements clock.Clock.
func (c jumpingClock) Wall() time.Time {
	return time.Now().Add(time.Duration(int64(c.Boot()/time.Second)%3-1) * time.Hour)
}
