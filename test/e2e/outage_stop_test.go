//go:build unix

package e2e_test

import (
	"testing"
	"time"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig"
)

// A daemon that is told to stop during an outage has nothing to wait for.
func TestDaemonStopsWhileItsDatabaseIsAway(t *testing.T) {
	t.Parallel()
	w := rig.New(t, sqldb.MySQL)
	p := newProxy(t, w)
	idle := w.Daemon(w.Through(p.Addr()))
	w.Push(rig.Jobs(60, rig.Parent, "")...) // a pool full of connections
	awaitEnd(w)
	elapse(time.Second) // until the daemon knows as well that all is recorded
	p.Refuse()
	p.Cut()
	never := w.Start(w.Through(p.Addr()))
	w.Await("the second waits for the database", func() bool { return w.Logged(`"doing":"opening the daemon's own database"`) == 1 })
	stop(t, idle, never)
}
