//go:build linux

package cron_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

func crontabOf(execCmd, overlap string) string {
	return fmt.Sprintf(`[{"cron": "* * * * * *", "name": "story", "exec_cmd": %q, "params": "", "status": 2, "is_log": 1, "overlap": %q}]`, execCmd, overlap)
}

// A task goes on while its daemon is ended, and the next one killed. A third finds
// it, and its row ends as success.
func TestTaskSurvivesItsDaemons(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		w := newWorld(t, d, crontabOf("long", "skip"))
		first := w.daemon()
		w.await("the task runs", func() bool { return len(w.noted("begin")) == 1 && len(w.tasks()) == 1 })
		task := w.tasks()[0]
		first.stop()
		require.Equal(w, []int{task}, w.tasks(), "SIGTERM is for the daemon alone")
		require.Equal(w, 1, w.count("crontab_log WHERE status = 'running'"))

		w.daemon().kill()
		require.Equal(w, []int{task}, w.tasks(), "so is SIGKILL")

		third := w.daemon()
		w.await("the overlap rule knows the run of a daemon long gone", func() bool { return w.count("script_cron_run WHERE state = 'skipped'") > 0 })
		w.write("gate", "")
		w.await("it ends as success", func() bool {
			return w.count(fmt.Sprintf("crontab_log WHERE status = 'success' AND pid = %d AND end_time > start_time AND cost_time > 0", task)) == 1
		})
		third.stop()
	})
}

// A deploy puts another program into the place of the running one. Tasks are still
// started as the program that the daemon is.
func TestDeployUnderWay(t *testing.T) {
	w := newWorld(t, sqldb.SQLite, crontabOf("work", "allow"))
	text, err := os.ReadFile(w.program)
	require.NoError(t, err)
	w.program = filepath.Join(w.home, "program")
	require.NoError(t, os.WriteFile(w.program, text, 0o700))
	d := w.daemon()
	require.NoError(t, os.Rename(w.program, w.program+".old"))
	require.NoError(t, os.Remove(w.program+".old"))
	require.NoError(t, os.WriteFile(w.program, []byte("#!/bin/sh\nexit 7\n"), 0o700))
	before := w.count("script_cron_run WHERE state = 'success'")
	w.await("tasks run", func() bool { return w.count("script_cron_run WHERE state = 'success'") >= before+2 })
	require.Zero(t, w.count("script_cron_run WHERE state = 'failed'"))
	d.stop()
}

// A daemon is killed and started again every two seconds: each tick has one outcome,
// none ran twice, and every row says what was. The moments of its death wander
// through the second of the tick.
func TestADaemonIsKilledEveryTwoSeconds(t *testing.T) {
	t.Parallel() // it mostly waits
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		t.Parallel()
		w := newWorld(t, d, crontabOf("fated", "allow"))
		over := time.After(time.Minute)
		victim := w.daemon()
		for i := 0; !done(over); i++ {
			outage.Sleep(context.Background(), 1850*time.Millisecond+time.Duration(i%7)*50*time.Millisecond)
			victim.kill()
			victim = w.daemon()
		}
		w.end(victim)
		w.audit()
	})
}

// Two daemons of one partition are killed and halted in turn, with the same result.
func TestDaemonsAreKilledAndHaltedInTurn(t *testing.T) {
	t.Parallel() // it mostly waits
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		t.Parallel()
		w := newWorld(t, d, crontabOf("fated", "allow"))
		daemons := []*daemon{w.daemon(), w.daemon()}
		for i, over := 0, time.After(30*time.Second); !done(over); i++ {
			victim := daemons[i%2]
			if i%4 == 3 {
				victim.signal(syscall.SIGSTOP)
				outage.Sleep(context.Background(), 1500*time.Millisecond)
				victim.signal(syscall.SIGCONT)
				continue
			}
			outage.Sleep(context.Background(), time.Second+time.Duration(i%5)*170*time.Millisecond)
			victim.kill()
			daemons[i%2] = w.daemon()
		}
		w.end(daemons...)
		w.audit()
	})
}

// end ends the daemons in good order, and lets another one see to what those that
// were killed have left.
func (w *world) end(daemons ...*daemon) {
	w.Helper()
	for _, d := range daemons {
		w.await("no zombie", func() bool { return d.zombies() == 0 })
		d.stop()
	}
	last := w.daemon()
	w.await("all runs have ended", func() bool { return w.count("script_cron_run WHERE state IN ('starting', 'running')") == 0 })
	last.stop()
	w.await("no task is left", func() bool { return len(w.tasks()) == 0 })
	w.await("their rows too", func() bool { return w.count("crontab_log WHERE status IN ('starting', 'running')") == 0 })
}

func done(over <-chan time.Time) bool {
	select {
	case <-over:
		return true
	default:
		return false
	}
}
