//go:build unix

package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/rig"
)

// Each test here answers a weakness of the original delay queue that is not a death,
// an outage or a shutdown; those have their own files.

// Two machines, or two overlapping scans, run a job twice.
func TestDaemonsShareJobsAndRunEachOnce(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		daemons := []*rig.Process{w.Daemon(), w.Daemon(), w.Daemon()}
		const jobs = 600
		w.Push(rig.Jobs(jobs, rig.Work, "5")...)
		awaitEnd(w)
		stop(t, daemons...)
		r := w.Audit()
		require.Equal(t, jobs, r.Done)
		if r.Steady() {
			require.Equal(t, jobs, r.Runs)
		}
	})
}

// There is no retry: whatever the handler returns, the job is over.
func TestFailedAttemptIsTriedAgain(t *testing.T) {
	w := rig.New(t, sqldb.SQLite)
	daemon := w.Daemon()
	w.Push(rig.Jobs(5, rig.Flaky, "1")...)
	awaitEnd(w)
	stop(t, daemon)
	r := w.Audit()
	require.Equal(t, 5, r.Done)
	require.Equal(t, 5, r.Retried)
	require.Equal(t, 5, w.Count("delay_queue_log WHERE attempts = 2 AND due_at > 0 AND exec_time * 1000 + exec_ms > due_at"))
}

// A panic anywhere ends the daemon: there is no recover.
func TestPanicIsAFailedAttempt(t *testing.T) {
	w := rig.New(t, sqldb.SQLite)
	daemon := w.Daemon()
	w.Push(append(rig.Jobs(2, rig.Panics, ""), rig.Jobs(2, rig.Work, "1")...)...)
	awaitEnd(w)
	require.False(t, daemon.Ended())
	stop(t, daemon)
	r := w.Audit()
	require.Equal(t, 2, r.Done)
	require.Equal(t, 2, r.Failed)
	require.Equal(t, 2, r.Retried, "each panicking job was tried twice")
	require.Equal(t, 2, w.Count("delay_queue_log WHERE status = 4 AND result LIKE '%a mistake in a handler%'"))
	require.GreaterOrEqual(t, w.Logged("handler panicked"), 4, "with its stack, where a person looks for it")
}

// A push while jobs are fired is a concurrent write to a map, which crashes; and
// Push drops the name.
func TestJobsPushJobs(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		daemons := []*rig.Process{w.Daemon(), w.Daemon()}
		const jobs = 100
		parents := rig.Jobs(jobs, rig.Parent, "")
		for i := range parents {
			parents[i].Name = "订单 "
		}
		w.Push(parents...)
		awaitEnd(w)
		stop(t, daemons...)
		require.Equal(t, 2*jobs, w.Audit().Done)
		require.Equal(t, jobs, w.Count("delay_queue_log WHERE name LIKE '订单 %-child'"))
	})
}

// A job that is pushed in the middle of a minute runs only after the scan of the
// next one. Here that scan forecasts and nothing waits for it.
func TestJobDoesNotWaitForTheScanOfTheMinute(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		w.Push(core.DelayQueuePushParams{ExecCmd: rig.Work, Params: "1", DelayTime: 50})
		daemon := w.Daemon("SCRIPT_LOGGER_LEVEL=debug")
		w.Await("the scan of this minute has been", func() bool { return w.Logged("forecast of the next minute") == 1 })
		w.Push(rig.Jobs(1, rig.Work, "1")...)
		w.Await("the job is done", func() bool { return w.InStatus(core.DelayDone) == 1 })
		require.Equal(t, 1, w.Logged("forecast of the next minute"), "before the next scan")
		stop(t, daemon)
	})
}

// There is no LIMIT: everything that is due is read and started at once.
func TestClaimsAreBounded(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		daemon := w.Daemon()
		// As long as nothing is known about the handler, a hundred per slot are claimed.
		const most, jobs = 100 * rig.GatedAtOnce, 7500
		w.Push(rig.Jobs(jobs, rig.Gated, "")...)
		w.Await("its slots are full", func() bool { return w.Gate.Waiting() == rig.GatedAtOnce })
		for range 3 { // scans go on, and other kinds are served
			before := w.InStatus(core.DelayDone)
			w.Push(rig.Jobs(1, rig.Work, "1")...)
			w.Await("a job of another kind is done", func() bool { return w.InStatus(core.DelayDone) == before+1 })
			require.LessOrEqual(t, w.InStatus(core.DelayRunning), rig.GatedAtOnce+most)
			require.Equal(t, rig.GatedAtOnce, w.Gate.Waiting())
		}
		w.Gate.Open()
		awaitEnd(w)
		stop(t, daemon)
		require.Equal(t, jobs+3, w.Audit().Done)
	})
}
