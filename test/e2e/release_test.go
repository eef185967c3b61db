//go:build unix

package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/rig"
)

// In a rolling release jobs of a new kind are there before the daemons that know it.
func TestOldDaemonLeavesANewKindToTheNewOne(t *testing.T) {
	t.Parallel()
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := rig.New(t, d)
		older := w.Daemon()
		w.Push(rig.Jobs(10, rig.Novel, "1")...)
		w.Await("the old daemon has seen the new kind", func() bool { return w.Logged("jobs of a kind that no daemon knows") == 1 })
		newer := w.Daemon(rig.Newer)
		awaitEnd(w)
		stop(t, older, newer)
		r := w.Audit()
		require.Equal(t, 10, r.Done, "none failed")
	})
}

// Weakness of the original: an unknown command crashes the daemon.
func TestUnknownKindFailsWithItsReason(t *testing.T) {
	t.Parallel()
	w := rig.New(t, sqldb.SQLite)
	daemon := w.Daemon("SCRIPT_DELAYQUEUE_UNKNOWNAFTER=2s")
	w.Push(rig.Jobs(3, "rig_wrok", "1")...)
	w.Push(rig.Jobs(3, rig.Work, "1")...)
	awaitEnd(w)
	require.False(t, daemon.Ended())
	stop(t, daemon)
	r := w.Audit()
	require.Equal(t, 3, r.Done)
	require.Equal(t, 3, r.Failed)
	require.Equal(t, 3, w.Count("delay_queue_log WHERE status = ? AND result LIKE '%no running daemon has a handler named \"rig_wrok\"%'", int(core.DelayFailed)))
	require.NotContains(t, strings.Join(w.Logs(), "\n"), "panic")
}
