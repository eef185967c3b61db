//go:build linux

package cron_test

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// A daemon is halted for longer than a start may take, and so is the task that it has
// started, before its first act. The other daemon takes the run over; when the two
// go on, the old task finds that the run is not its own any more.
func TestAHaltedDaemonIsOvertaken(t *testing.T) {
	t.Parallel() // it mostly waits
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		t.Parallel()
		w := newWorld(t, d, crontabOf("fated", "allow"))
		daemons := []*daemon{w.daemon(), w.daemon()}
		w.write(haltFile, "")
		h := w.halted()
		require.NoError(t, syscall.Kill(h.daemon, syscall.SIGSTOP))
		w.await("the run was started anew, and has ended", func() bool {
			return w.count(fmt.Sprintf("script_cron_run WHERE id = %d AND state IN ('success', 'failed', 'lost')", h.run)) == 1
		})
		require.Contains(t, w.logged(), "cron start taken over")
		require.NoError(t, syscall.Kill(h.daemon, syscall.SIGCONT))
		require.NoError(t, syscall.Kill(h.task, syscall.SIGCONT))
		w.end(daemons...)
		w.audit()
	})
}

// halt is a task that stands still before its first act.
type halt struct {
	task, daemon int // processes
	run          uint64
}

// haltFile asks the next task to stand still; it renames it to haltedForm.
const (
	haltFile   = "halt"
	haltedForm = "halted-%d-%d-%d"
)

// haltTask halts this process where it is a task, and the first that was asked to.
func haltTask(dir string) {
	if os.Args[1] != "task" || dir == "" {
		return
	}
	var run uint64
	if _, err := fmt.Sscan(os.Args[len(os.Args)-2], &run); err != nil {
		return
	}
	name := fmt.Sprintf(haltedForm, os.Getpid(), os.Getppid(), run)
	if os.Rename(filepath.Join(dir, haltFile), filepath.Join(dir, name)) == nil {
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP) // it stands still, or the test fails
	}
}

// halted waits until a task stands still.
func (w *world) halted() (h halt) {
	w.Helper()
	w.await("a task stands still", func() bool {
		found, err := filepath.Glob(filepath.Join(w.home, "halted-*"))
		require.NoError(w, err)
		if len(found) == 0 {
			return false
		}
		_, err = fmt.Sscanf(filepath.Base(found[0]), haltedForm, &h.task, &h.daemon, &h.run)
		require.NoError(w, err)
		return true
	})
	return h
}
