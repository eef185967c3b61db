//go:build unix

// Package e2e_test runs whole daemons, kills, halts and cuts them off, and counts
// what is lost, done twice, or late. Package rig is the workshop; this package has
// the stories. Times are printed and never asserted.
package e2e_test

import (
	"fmt"
	"testing"
	"time"

	"go.uber.org/goleak"

	"simplest_script/core"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig"
)

func TestMain(m *testing.M) {
	rig.PlayRole()
	goleak.VerifyTestMain(m)
}

// load is what four processes push: half of it by Push, half by plain INSERT.
type load struct {
	jobs int
	over time.Duration // in which it falls due
}

// loadFor is smaller on the embedded database, where all processes share one file.
func loadFor(d sqldb.Dialect) load {
	if d == sqldb.SQLite {
		return load{jobs: 400, over: 4 * time.Second}
	}
	return load{jobs: 10_000, over: 8 * time.Second}
}

// push starts the four.
func (l load) push(w *rig.World, env ...string) []*rig.Process {
	pushers := make([]*rig.Process, 4)
	for i := range pushers {
		pushers[i] = w.Pusher(rig.Order{
			Prefix: fmt.Sprintf("pusher%d", i), Jobs: l.jobs / len(pushers), Each: 50, Plain: i%2 == 1,
			First: time.Second, Over: l.over,
		}, env...)
	}
	return pushers
}

// finished counts the jobs that have come to an end.
func finished(w *rig.World) int {
	return w.InStatus(core.DelayDone) + w.InStatus(core.DelayFailed)
}

// awaitShare waits until this share of the jobs is done.
func awaitShare(w *rig.World, jobs int, share float64) {
	want := int(share * float64(jobs))
	w.Await(fmt.Sprintf("%d jobs are done", want), func() bool { return finished(w) >= want })
}

// awaitEnd waits until nothing is waiting or running any more.
func awaitEnd(w *rig.World) {
	w.Await("every job has come to its end", func() bool { return w.Count("delay_queue_log WHERE status IN (1, 2)") == 0 })
}

// stop ends daemons in good order.
func stop(t *testing.T, daemons ...*rig.Process) {
	t.Helper()
	for _, d := range daemons {
		d.Terminate()
	}
	for _, d := range daemons {
		if code := d.Wait(); code != 0 {
			t.Errorf("pid %d ended with %d:\n%s", d.PID, code, d.Output())
		}
	}
}
