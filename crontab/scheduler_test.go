//go:build linux

package crontab_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
)

func each(spec, execCmd string) conf.CronEntry {
	e := entry(execCmd, "p")
	e.Cron = spec
	return e
}

const everySecond = "* * * * * *"

func TestTicksAreRunAsProcesses(t *testing.T) {
	dialects(t, func(w *world) {
		logged := each(everySecond, "ok")
		logged.IsLog = 1
		w.scheduler(config(), logged)
		w.await("two runs", func() bool { return w.runs("state = 'success'") >= 2 })
		require.Zero(w, count(w.T, w.db, "script_cron_run r LEFT JOIN crontab_log c ON c.id = r.log_id WHERE r.state = 'success' AND (c.status IS NULL OR c.status <> 'success' OR c.pid <> r.pid)"))
		require.Zero(w, w.runs("started_at < tick * 1000"), "nothing is early")
	})
}

// Weakness of the original: no lock between machines.
func TestOriginalWeaknessNoLockBetweenMachines(t *testing.T) {
	dialects(t, func(w *world) {
		for range 3 {
			w.scheduler(config(), each(everySecond, "ok"), each("*/2 * * * * *", "fail"))
		}
		w.await("some runs", func() bool { return w.runs("entry = 'ok' AND state = 'success'") >= 3 })
		begun := noted(w.home, "begins")
		slices.Sort(begun)
		require.Equal(w, slices.Compact(slices.Clone(begun)), begun, "no tick ran twice")
		require.Zero(w, w.runs("state IN ('missed', 'lost')"))
	})
}

// Weakness of the original: a child that crashes stays "running".
func TestOriginalWeaknessACrashStaysRunning(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	crash := each(everySecond, "crash")
	crash.IsLog = 1
	stop := w.scheduler(config(), crash)
	w.await("a failure", func() bool { return w.runs("state = 'failed'") > 0 })
	stop()
	var reason string
	require.NoError(t, w.db.QueryRow("SELECT result FROM crontab_log WHERE status = 'failed'").Scan(&reason))
	require.Equal(t, "its process ended without an outcome: exit status 3; its last line of output: fatal error: out of everything", reason)
}

// Weakness of the original: a failed fork ends the daemon.
func TestOriginalWeaknessAFailedForkEndsTheDaemon(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	l := w.launcher()
	l.Dir = filepath.Join(w.home, "is not there")
	w.run(w.prepare(config(), l, each(everySecond, "ok")))
	w.await("two failures", func() bool {
		return w.runs("state = 'failed' AND reason LIKE 'its process could not be started: %'") >= 2
	})
}

// Weakness of the original: its reaper leaves five zombies a minute.
func TestOriginalWeaknessZombies(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	stop := w.scheduler(config(), each(everySecond, "ok"), each(everySecond, "crash"))
	w.await("some runs", func() bool { return w.runs("state IN ('success', 'failed')") >= 4 })
	stop()
	w.await("nothing is left of them", func() bool { return len(children()) == 0 })
}

// The daemon is killed between the permission and the fork.
func TestKilledBeforeTheFork(t *testing.T) {
	dialects(t, func(w *world) {
		r := w.entered(w.dead(), due("ok", noon))
		w.scheduler(config())
		w.awaitState(r.ID, crontab.Success)
		require.Len(w, noted(w.home, "begins"), 1)
	})
}

func TestKilledBeforeTheForkLongAgo(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	r := w.entered(w.dead(), due("ok", noon))
	cfg := config()
	cfg.Late = time.Nanosecond
	w.scheduler(cfg)
	require.Contains(t, w.awaitState(r.ID, crontab.Missed).Reason, "had the permission, and ended before the task began")
	require.Empty(t, noted(w.home, "begins"))
}

// The daemon is killed between the fork and the child's first act, and its
// successor starts anew before the child gets there: the child finds another token.
func TestKilledBeforeTheFirstActOfItsChild(t *testing.T) {
	dialects(t, func(w *world) {
		r := w.entered(w.dead(), due("ok", noon))
		late := w.launcher()
		hold := filepath.Join(w.home, "hold")
		late.Env = append(slices.Clone(late.Env), holdVariable+"="+hold)
		slow, err := late.Start(r)
		require.NoError(w, err)
		w.await("the first child waits", func() bool { return len(noted(w.home, "held")) == 1 })

		w.scheduler(config())
		done := w.awaitState(r.ID, crontab.Success)
		require.NotEqual(w, r.Token, done.Token)
		require.NoError(w, os.WriteFile(hold, nil, 0o600))
		require.Contains(w, slow.Wait(), "exit status 1")
		require.Equal(w, []string{"11"}, noted(w.home, "not permitted"))
		require.Len(w, noted(w.home, "begins"), 1, "the tick ran once")
		require.Equal(w, crontab.Success, w.awaitState(r.ID, crontab.Success).State)
	})
}

// The daemon ends while a task runs. The next one finds it, and its outcome.
func TestTaskOutlivesItsDaemon(t *testing.T) {
	dialects(t, func(w *world) {
		stop := w.scheduler(config(), each(everySecond, "gate"))
		w.await("a task runs", func() bool { return w.runs("state = 'running'") > 0 })
		stop()
		w.scheduler(config())
		w.await("it is found", func() bool { return w.logs.FilterMessage("a cron task that another process started goes on").Len() > 0 })
		w.openGate()
		w.await("all end", func() bool { return w.runs("state IN ('starting', 'running')") == 0 })
		require.Zero(w, w.runs("state <> 'success'"))
	})
}

func TestRunWhoseProcessIsGoneIsLost(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	row := due("ok", noon)
	row.IsLog = true
	r := w.entered(child, row)
	r, err := w.ledger.Begin(t.Context(), r.ID, r.Token, crontab.Here(), w.dead())
	require.NoError(t, err)
	w.scheduler(config())
	require.Contains(t, w.awaitState(r.ID, crontab.Lost).Reason, "is gone and left no outcome")
	require.Equal(t, 1, count(t, w.db, "crontab_log WHERE status = 'lost' AND end_time > 0"))
	ok, err := w.ledger.Conclude(t.Context(), r, crontab.Outcome{State: crontab.Success}, crontab.Running, crontab.Lost)
	require.NoError(t, err)
	require.True(t, ok, "its own word counts more")
	require.Equal(t, 1, count(t, w.db, "crontab_log WHERE status = 'success'"))
}

// However many runs end, those whose daemon is gone are looked after.
func TestBusyWatcherStillLooks(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	cfg := config()
	cfg.Watch = 1500 * time.Millisecond // longer than the runs of the entry are apart
	w.scheduler(cfg, each(everySecond, "ok"))
	w.await("a run", func() bool { return w.runs("state = 'success'") > 0 })
	r := w.entered(child, due("gate", noon))
	_, err := w.ledger.Begin(t.Context(), r.ID, r.Token, crontab.Here(), w.dead())
	require.NoError(t, err)
	before := w.runs("entry = 'ok'")
	w.awaitState(r.ID, crontab.Lost)
	require.Less(t, w.runs("entry = 'ok'")-before, 10)
}

// A run of another machine is judged by its beats alone.
func TestSilentRunElsewhereIsLost(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	r := w.entered(child, due("ok", noon))
	silent, err := w.ledger.Begin(t.Context(), r.ID, r.Token, crontab.Place{Host: "far away", Boot: "x", PIDNS: "y"}, w.dead())
	require.NoError(t, err)
	cfg := config()
	cfg.Verdict = 200 * time.Millisecond
	w.scheduler(cfg)
	require.Contains(t, w.awaitState(silent.ID, crontab.Lost).Reason, "no beat of pid")
}

func TestSkippedWhileAnEarlierRunGoesOn(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	e := each(everySecond, "gate")
	e.Overlap = "skip"
	w.scheduler(config(), e)
	w.await("ticks are skipped", func() bool {
		return w.runs("state = 'skipped' AND reason LIKE 'overlap is skip, and the run of %'") >= 2
	})
	require.Equal(t, 1, w.runs("state IN ('starting', 'running')"))
	w.openGate()
	w.await("it goes on after the run", func() bool { return w.runs("state = 'success'") >= 2 })
}

// What fell due while no daemon ran: the young ticks are run late, the old missed.
func TestTicksOfAnOutage(t *testing.T) {
	dialects(t, func(w *world) {
		e := each("*/10 * * * * *", "ok")
		entries, err := crontab.NewEntries([]conf.CronEntry{e}, time.UTC, noTimeout)
		require.NoError(w, err)
		from := w.now().Add(-2 * time.Minute)
		require.NoError(w, w.ledger.SetMarks(w.Context(), partition, []crontab.Mark{{Entry: "ok", Tick: from, Spec: entries[0].Spec}}))
		w.scheduler(config(), e)
		w.await("the young are run", func() bool { return w.runs("state = 'success'") >= 2 })
		require.GreaterOrEqual(w, w.runs("state = 'missed' AND reason = 'no daemon of this partition was running'"), 8)
		require.GreaterOrEqual(w, w.runs("1 = 1"), 12, "each has an outcome")
		require.NotZero(w, w.logs.FilterMessage("cron ticks missed").Len())
	})
}

// What a person ran before the first daemon came says nothing of ticks: those begin with
// the daemon.
func TestRunByHandBeforeTheFirstDaemonMakesNoTickMissed(t *testing.T) {
	dialects(t, func(w *world) {
		r := due("ok", w.now())
		r.Hand, r.Skip = 22, true
		r, err := w.ledger.Begin(w.Context(), enter(w.T, w.ledger, 22, r)[0].ID, 22, here, child)
		require.NoError(w, err)
		_, err = w.ledger.Conclude(w.Context(), r, crontab.Outcome{State: crontab.Success}, crontab.Running)
		require.NoError(w, err)
		e := each(everySecond, "ok")
		e.Overlap = "skip"
		w.scheduler(config(), e)
		w.await("ticks are run", func() bool { return w.runs("hand = 0 AND state = 'success'") >= 2 })
		require.Zero(w, w.runs("state = 'missed'"))
	})
}

// The database is away for a while: nothing is run without a row, and afterwards
// each tick has its outcome.
func TestDatabaseAway(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	faults := w.faulty()
	for range 6 {
		faults.Refuse("INSERT INTO script_cron_run", 1, mysql.ErrInvalidConn)
	}
	cfg := config()
	cfg.Late = time.Second
	s := crontab.New(cfg, w.openFaulty, w.launcher(), outcomes(w.home), clock.System{}, w.log, nil)
	require.NoError(t, s.Apply([]conf.CronEntry{each(everySecond, "ok")}, time.UTC, noTimeout))
	w.run(s)
	w.await("it says what it missed", func() bool { return w.logs.FilterMessage("cron ticks missed").Len() > 0 })
	require.NotZero(t, w.runs("state = 'missed' AND reason LIKE 'the database could not be reached%'"))
	w.await("it goes on", func() bool { return w.runs("state = 'success'") > 0 })
	require.NotZero(t, w.logs.FilterMessage("service is back").Len())
}

func TestEntriesAreExchangedWhileRunning(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	s := w.prepare(config(), w.launcher(), each(everySecond, "ok"))
	w.run(s)
	w.await("a run", func() bool { return w.runs("entry = 'ok' AND state = 'success'") > 0 })
	bad := each("never", "fail")
	require.Error(t, s.Apply([]conf.CronEntry{bad}, time.UTC, noTimeout))
	w.await("the bad edit changed nothing", func() bool { return w.runs("entry = 'ok' AND state = 'success'") > 1 })
	require.NoError(t, s.Apply([]conf.CronEntry{each(everySecond, "fail")}, time.UTC, noTimeout))
	w.await("the other entry", func() bool { return w.runs("entry = 'fail' AND state = 'failed'") > 0 })
	w.await("the mark of the former is gone", func() bool { return count(t, w.db, "script_cron_mark WHERE entry = 'ok'") == 0 })
}

func TestKillEndsTheWholeGroup(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	w.scheduler(config(), each(everySecond, "parent"))
	w.await("a task with a child of its own", func() bool { return len(noted(w.home, "child")) > 0 && w.runs("state = 'running'") > 0 })
	unfinished, err := w.ledger.Unfinished(t.Context(), partition)
	require.NoError(t, err)
	r := unfinished[slices.IndexFunc(unfinished, func(r crontab.Run) bool { return r.State == crontab.Running })]
	stranger := r.Process
	stranger.Start++
	require.ErrorIs(t, crontab.Kill(t.Context(), stranger, time.Second), crontab.ErrGone, "a process that only has the number")
	require.True(t, r.Process.Alive())

	grandchild, err := strconv.Atoi(noted(w.home, "child")[0])
	require.NoError(t, err)
	require.NoError(t, crontab.Kill(t.Context(), r.Process, time.Second))
	require.False(t, r.Process.Alive())
	w.await("its child is gone too", func() bool {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", grandchild))
		return errors.Is(err, os.ErrNotExist) || strings.Contains(string(text), ") Z ")
	})
	require.Contains(t, w.awaitState(r.ID, crontab.Failed).Reason, "signal: terminated")
}

func TestWithoutEntriesNothingIsWritten(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	stop := w.scheduler(config())
	w.await("it works", func() bool { return w.logs.FilterMessage("cron entries in force").Len() > 0 })
	stop()
	require.Zero(t, w.runs("1 = 1"))
}

func TestRefusedDatabaseEndsTheScheduler(t *testing.T) {
	refused := errors.New("access denied")
	s := crontab.New(config(), func(context.Context) (*crontab.Ledger, error) { return nil, refused }, &crontab.Launcher{}, "", clock.System{}, zap.NewNop(), nil)
	require.ErrorIs(t, s.Run(t.Context(), t.Context()), refused)
}
