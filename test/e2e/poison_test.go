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

// endings are the ways in which the poison kills its daemon, one for each database.
var endings = map[sqldb.Dialect]struct {
	params, line, trace string
	code                int
}{
	sqldb.SQLite: {rig.Crash, "%about to crash%", "%the process ended with: panic: a mistake in a goroutine of a handler%", 2},
	sqldb.MySQL:  {rig.Die, "%about to die%", "%the process said nothing when it ended%", -1},
}

// A job that kills its daemon each time is set aside. The jobs that were claimed
// beside it share its deaths, but did not run, and must not share its fate.
func TestPoisonIsSetAsideAlone(t *testing.T) {
	t.Parallel()
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		const beside = 15
		end := endings[d]
		poison := w.Push(rig.Jobs(1, rig.Bomb, end.params)...)[0]
		w.Push(rig.Jobs(beside, rig.Bomb, "")...) // due later, and one at a time

		// The first death leaves no mark of its own: only a job that was taken over
		// before is marked as started.
		const deaths = 3
		for range 1 + deaths {
			victim := w.Start()
			victim.Disturbed()
			victim.MayCrash()
			require.Equal(t, end.code, victim.Wait(), victim.Output())
			require.Zero(t, w.InStatus(core.DelayFailed), "not before the next daemon has seen it")
		}
		survivor := w.Daemon()
		awaitEnd(w)
		w.Await("it is kept what is left of each death", func() bool {
			return w.Count("script_delay_attempt WHERE job_id = ? AND outcome = 'died' AND log LIKE ? AND log LIKE ?", poison, end.line, end.trace) == 1+deaths
		})
		stop(t, survivor)

		require.Equal(t, 1, w.Count("delay_queue_log WHERE id = ? AND status = 4 AND deaths = ? AND result LIKE 'set aside%'", poison, deaths))
		require.Equal(t, beside, w.Count("delay_queue_log WHERE status = 3 AND deaths = 0 AND attempts = 1"))
		r := w.Audit()
		require.Equal(t, 1, r.Failed)
		require.Equal(t, beside, r.Done)
		if r.Steady() {
			require.Equal(t, 1+deaths+beside, r.Runs, "only the poison ran more than once")
		}
	})
}
