//go:build unix

package e2e_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/rig"
)

// Weaknesses of the original: a crash leaves status 2 for ever; there is no claim, so
// that two machines run a job twice.
func TestKilledDaemonLosesNothing(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		one, two := w.Daemon(), w.Daemon()
		l := loadFor(d)
		pushers := l.push(w)
		awaitShare(w, l.jobs, 0.5)
		victim, survivor := busier(w, one, two)
		victim.Signal(syscall.SIGKILL)
		finish(t, w, l, pushers)
		w.Await("the killed daemon is declared dead", func() bool { return dead(w, victim) })

		stop(t, survivor)
		r := w.Audit()
		require.Equal(t, l.jobs, r.Done)
		require.GreaterOrEqual(t, r.Condemned, 1, "the killed daemon was declared dead")
		if r.Steady() {
			require.Zero(t, r.Stale, "nothing was started for a claim that was lost")
		}
		require.Positive(t, r.Recovered, "it held jobs when it was killed")
	})
}

// A daemon that is halted for longer than its lease cannot know that it was declared
// dead. What it does afterwards must not count.
func TestHaltedDaemonIsFenced(t *testing.T) {
	w := rig.New(t, sqldb.MySQL)
	one, two := w.Daemon(), w.Daemon()
	l := loadFor(sqldb.MySQL)
	pushers := l.push(w)
	awaitShare(w, l.jobs, 0.3)
	halted, other := busier(w, one, two)
	halted.Signal(syscall.SIGSTOP)
	w.Await("the halted daemon is declared dead and its jobs are free", func() bool {
		return dead(w, halted) && w.Count("delay_queue_log j JOIN script_daemon d ON d.id = j.owner WHERE j.status = 2 AND d.dead = 1") == 0
	})
	halted.Signal(syscall.SIGCONT)
	finish(t, w, l, pushers)
	w.Await("the halted daemon has a new lease", func() bool {
		return w.Count("script_daemon WHERE pid = ? AND dead = 0", halted.PID) == 1
	})

	stop(t, halted, other)
	r := w.Audit()
	require.Equal(t, l.jobs, r.Done)
	require.GreaterOrEqual(t, r.Condemned, 1, "the halted daemon was declared dead")
	if r.Steady() {
		require.Zero(t, r.Stale, "it started nothing under the lease that was over")
	}
	require.Positive(t, r.Recovered, "it held jobs when it was halted")
}

// finish waits until the pushers have pushed and the jobs have come to their end.
func finish(t *testing.T, w *rig.World, l load, pushers []*rig.Process) {
	t.Helper()
	for _, p := range pushers {
		require.Zero(t, p.Wait(), p.Output())
	}
	awaitShare(w, l.jobs, 1)
	awaitEnd(w)
}

// busier returns first the daemon that holds more jobs, once there is work in hand.
func busier(w *rig.World, one, two *rig.Process) (more, less *rig.Process) {
	holds := func(p *rig.Process) int {
		return w.Count("delay_queue_log j JOIN script_daemon d ON d.id = j.owner WHERE j.status = 2 AND d.pid = ?", p.PID)
	}
	w.Await("a daemon holds jobs", func() bool {
		more, less = one, two
		if holds(two) > holds(one) {
			more, less = two, one
		}
		return holds(more) >= 20
	})
	return more, less
}

// dead tells whether the newest incarnation of a daemon was declared dead.
func dead(w *rig.World, p *rig.Process) bool {
	return w.Count("script_daemon WHERE pid = ?", p.PID) > 0 && w.Count("script_daemon WHERE pid = ? AND dead = 0", p.PID) == 0
}
