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

// claimed is what a daemon keeps in hand beside what runs, two for a slot, however
// long its handlers take; of more it may have given back some before it is looked at.
const claimed = 2 * rig.GatedAtOnce

// Weakness of the original: there is no shutdown at all.
func TestTermReleasesWhatDoesNotRun(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		first := w.Daemon()
		const jobs = rig.GatedAtOnce + claimed + 1000
		w.Push(rig.Jobs(jobs, rig.Gated, "")...)
		w.Await("50 run and 100 more are claimed", func() bool {
			return w.Gate.Waiting() == rig.GatedAtOnce && w.InStatus(core.DelayRunning) >= rig.GatedAtOnce+claimed
		})

		first.Terminate()
		w.Await("all but the running ones are free", func() bool {
			return w.InStatus(core.DelayRunning) == rig.GatedAtOnce && w.Count("delay_queue_log WHERE status = 1 AND owner = ''") == jobs-rig.GatedAtOnce
		})
		require.Equal(t, rig.GatedAtOnce, w.Gate.Waiting(), "those go on")
		require.False(t, first.Ended())
		w.Gate.Open()
		require.Zero(t, first.Wait(), first.Output())
		require.Equal(t, rig.GatedAtOnce, w.InStatus(core.DelayDone))
		require.Zero(t, w.InStatus(core.DelayRunning))

		second := w.Daemon()
		awaitEnd(w)
		stop(t, second)
		r := w.Audit()
		require.Equal(t, jobs, r.Done)
		require.GreaterOrEqual(t, r.Released, claimed)
		if r.Steady() {
			require.Zero(t, r.Doubled)
			require.Zero(t, r.Recovered, "nobody had to find out that the first daemon is gone")
		}
	})
}

func TestHandlerThatHeedsTheDrainIsCutOff(t *testing.T) { cutOff(t, rig.Gated) }

func TestHandlerThatIgnoresTheDrainIsCutOff(t *testing.T) { cutOff(t, rig.Stubborn) }

// cutOff lets one handler run into the end of the drain: the daemon says that work
// was cut off, and another one does it again.
func cutOff(t *testing.T, kind string) {
	t.Parallel()
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		first := w.Daemon("SCRIPT_DRAIN=300ms")
		w.Push(rig.Jobs(1, kind, "")...)
		w.Await("the handler runs", func() bool { return w.Gate.Waiting() == 1 })
		first.Disturbed()
		first.Terminate()
		require.Equal(t, 1, first.Wait(), first.Output())
		require.Contains(t, first.Output(), "work cut off")

		w.Gate.Open()
		second := w.Daemon()
		awaitEnd(w)
		stop(t, second)
		r := w.Audit()
		require.Equal(t, 1, r.Done)
		require.Equal(t, 1, r.Cut)
		require.Equal(t, 1, w.Count("delay_queue_log WHERE status = 3 AND attempts = 1"), "a drain is not an attempt")
	})
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	w := rig.New(t, sqldb.SQLite)
	d := w.Daemon() // its drain lasts a minute
	w.Push(rig.Jobs(1, rig.Gated, "")...)
	w.Await("the handler runs", func() bool { return w.Gate.Waiting() == 1 })
	d.Disturbed()
	d.Terminate()
	d.Says("once more ends at once")
	d.Terminate()
	require.Equal(t, 1, d.Wait())
	require.Equal(t, 1, w.InStatus(core.DelayRunning), "there was no time for the job")

	w.Gate.Open()
	second := w.Daemon()
	awaitEnd(w)
	stop(t, second)
	require.Equal(t, 1, w.Audit().Done)
}
