//go:build unix

package e2e_test

import (
	"bytes"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig"
)

// A daemon that is halted in the middle of a transaction, as one whose host has lost
// its power or its network, leaves a connection that holds locks. That must not keep
// its jobs from the others for longer than its lease does.
func TestHaltedDaemonLeavesNoLocks(t *testing.T) {
	t.Parallel()
	w := rig.New(t, sqldb.MySQL)
	p := newProxy(t, w)
	halted := w.Daemon(w.Through(p.Addr()))
	// A long result is the second statement of the transaction that records an outcome.
	held, release := p.Hold(func(request []byte) bool { return bytes.Contains(request, []byte("INTO script_delay_result")) })
	defer release()
	w.Push(rig.Jobs(10, rig.Wordy, "")...)
	w.Push(rig.Jobs(200, rig.Work, "1")...)
	w.Await("the daemon is in the middle of a transaction", func() bool {
		select {
		case <-held:
			return true
		default:
			return false
		}
	})
	halted.Signal(syscall.SIGSTOP)
	other := w.Daemon()
	awaitEnd(w)
	halted.Signal(syscall.SIGKILL)
	stop(t, other)
	require.Equal(t, 210, w.Audit().Done)
}
