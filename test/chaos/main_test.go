//go:build unix

// Package chaos_test puts the delay queue into a storm: whole daemons that are killed,
// halted, told to stop and cut off from their database at random, a database that is
// killed, stopped, halted and slow, deadlocks, a full disk for logs, clocks that jump.
// Meanwhile jobs are pushed, with unique keys by two at once and in transactions that are
// rolled back or not lived to be committed; jobs push successors; some are cancelled or
// moved, and some that failed for good are retried by hand. At the end package audit says
// from records alone what was lost, done twice, early, or found again too late.
//
// The short form is a test like others. `make chaos-delay` runs the long one.
package chaos_test

import (
	"testing"

	"go.uber.org/goleak"

	"simplest_script/test/rig"
)

func TestMain(m *testing.M) {
	rig.PlayRole()
	goleak.VerifyTestMain(m)
}
