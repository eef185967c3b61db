//go:build linux

package crontab_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
)

// A person starts a run and does not wait, so that its owner is gone before the
// child's first act. That is no reason to take the permission away from the child.
func TestDetachedRunByHandMayBeSlow(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	row := due("ok", noon)
	row.Hand = 5
	r := w.entered(w.dead(), row)
	slow := w.launcher()
	hold := filepath.Join(w.home, "hold")
	slow.Env = append(slices.Clone(slow.Env), holdVariable+"="+hold)
	p, err := slow.Start(r)
	require.NoError(t, err)
	later := w.entered(w.dead(), due("fail", noon))
	w.scheduler(config())
	w.awaitState(later.ID, crontab.Failed) // so the earlier row was looked at
	require.NoError(t, os.WriteFile(hold, nil, 0o600))
	p.Wait()
	require.Equal(t, crontab.Success, w.awaitState(r.ID, crontab.Success).State)
}

// A person's run is none of the schedule's, and still not beside another one where the
// entry says so.
func TestRunByHandDoesNotOverlap(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	e := crontab.Entry{ID: "gate", ExecCmd: "gate", Skip: true}
	_, wait, err := crontab.StartByHand(t.Context(), w.ledger, w.launcher(), partition, e)
	require.NoError(t, err)
	_, _, err = crontab.StartByHand(t.Context(), w.ledger, w.launcher(), partition, e)
	require.ErrorContains(t, err, "gate: overlap is skip, and the run of")
	e.Skip = false
	_, beside, err := crontab.StartByHand(t.Context(), w.ledger, w.launcher(), partition, e)
	require.NoError(t, err)
	w.openGate()
	for _, wait := range []func(context.Context) (crontab.Run, error){wait, beside} {
		r, err := wait(t.Context())
		require.NoError(t, err)
		require.Equal(t, crontab.Success, r.State)
	}
}

// The permission is written and not read back, and before the next try the entry
// is taken out of the file. The permission is used all the same.
func TestPermissionOfAnEntryThatIsTakenOut(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	faults := w.faulty()
	s := crontab.New(config(), w.openFaulty, w.launcher(), outcomes(w.home), clock.System{}, w.log, nil)
	faults.After("INSERT INTO script_cron_run", 1, func() {
		require.NoError(t, s.Apply(nil, time.UTC, noTimeout))
	})
	faults.Refuse("token = ? ORDER BY tick", 1, mysql.ErrInvalidConn)
	require.NoError(t, s.Apply([]conf.CronEntry{each(everySecond, "ok")}, time.UTC, noTimeout))
	w.run(s)
	w.await("it is entered", func() bool { return w.runs("entry = 'ok'") == 1 })
	w.await("it is run", func() bool { return w.runs("state = 'success'") == 1 })
}

// Somebody removes the row of a run that goes on: the end of its process is
// nothing that could be written, and holds up nobody.
func TestRowOfARunIsRemoved(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	e := each(everySecond, "gate")
	e.Overlap = "skip"
	w.scheduler(config(), e, each("*/2 * * * * *", "fail"))
	w.await("it runs", func() bool { return w.runs("entry = 'gate' AND state = 'running'") == 1 })
	_, err := w.db.ExecContext(t.Context(), "DELETE FROM script_cron_run WHERE entry = 'gate'")
	require.NoError(t, err)
	w.openGate()
	w.await("it is told once", func() bool {
		return w.logs.FilterMessage("the outcome of a cron run cannot be written").Len() == 1
	})
	failed := w.runs("state = 'failed'")
	w.await("others are looked after", func() bool { return w.runs("state = 'failed'") >= failed+2 })
	require.Equal(t, 1, w.logs.FilterMessage("the outcome of a cron run cannot be written").Len())
}

// The mark of a tick could not be set. It is set later, also where nothing more
// falls due: a daemon that finds the old one would take the tick for missed once
// its row is folded.
func TestMarkIsSetLater(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	faults := w.faulty()
	e := each("*/10 * * * * *", "ok")
	entries, err := crontab.NewEntries([]conf.CronEntry{e}, time.UTC, noTimeout)
	require.NoError(t, err)
	now := w.now()
	tick := entries[0].Schedule.Next(now.Add(-10 * time.Second))
	// In force with the one tick that is due, and none for a long time.
	once := each("0 0 0 1 1 *", "ok")
	require.NoError(t, w.ledger.SetMarks(t.Context(), partition, []crontab.Mark{{Entry: "ok", Tick: tick.Add(-time.Second), Spec: entries[0].Spec}}))
	faults.Refuse("INSERT INTO script_cron_mark", 1, mysql.ErrInvalidConn)
	s := crontab.New(config(), w.openFaulty, w.launcher(), outcomes(w.home), clock.System{}, w.log, nil)
	require.NoError(t, s.Apply([]conf.CronEntry{once}, time.UTC, noTimeout))
	w.run(s)
	w.await("the tick is run", func() bool { return w.runs("state = 'success'") == 1 })
	w.await("the mark is moved", func() bool {
		marks, err := w.ledger.Marks(context.Background(), partition)
		return err == nil && !marks["ok"].Tick.Before(tick)
	})
}

// The database is away when the daemon starts: what fell due since then was not
// missed for want of a daemon.
func TestDatabaseAwayAtTheStart(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	e := each(everySecond, "ok")
	entries, err := crontab.NewEntries([]conf.CronEntry{e}, time.UTC, noTimeout)
	require.NoError(t, err)
	from := w.now().Add(-3 * time.Second)
	require.NoError(t, w.ledger.SetMarks(t.Context(), partition, []crontab.Mark{{Entry: "ok", Tick: from, Spec: entries[0].Spec}}))
	back := make(chan struct{})
	open := func(ctx context.Context) (*crontab.Ledger, error) {
		select {
		case <-back:
			return w.ledger, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	cfg := config()
	cfg.Late = time.Second
	s := crontab.New(cfg, open, w.launcher(), outcomes(w.home), clock.System{}, w.log, nil)
	require.NoError(t, s.Apply([]conf.CronEntry{e}, time.UTC, noTimeout))
	w.run(s)
	until := w.now().Add(4 * time.Second)
	w.await("some seconds pass", func() bool { return !w.now().Before(until) })
	close(back)
	w.await("both reasons are told", func() bool {
		return w.runs("state = 'missed' AND reason LIKE 'no daemon%'") > 0 && w.runs("state = 'missed' AND reason LIKE 'the database%'") > 0
	})
	require.Zero(t, w.runs("state = 'missed' AND reason LIKE 'no daemon%' AND tick > (SELECT MIN(tick) FROM script_cron_run WHERE reason LIKE 'the database%')"))
	w.await("there is a line for each reason", func() bool {
		return w.logs.FilterMessage("cron ticks missed").FilterFieldKey("reason").Len() == 2
	})
}

// Whatever becomes of a tick is told to the observer, once.
func TestEveryOutcomeIsObserved(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	var mu sync.Mutex
	seen := map[uint64]crontab.State{}
	observe := func(r crontab.Run) {
		mu.Lock()
		defer mu.Unlock()
		if former, twice := seen[r.ID]; twice {
			t.Errorf("run %d was told as %s and again as %s", r.ID, former, r.State)
		}
		seen[r.ID] = r.State
	}
	long := each(everySecond, "gate")
	long.Overlap = "skip"
	old := each("0 0 * * * *", "ok")
	entries, err := crontab.NewEntries([]conf.CronEntry{old}, time.UTC, noTimeout)
	require.NoError(t, err)
	require.NoError(t, w.ledger.SetMarks(t.Context(), partition, []crontab.Mark{{Entry: "ok", Tick: w.now().Add(-3 * time.Hour), Spec: entries[0].Spec}}))
	gone := w.entered(child, due("crash", noon))
	gone, err = w.ledger.Begin(t.Context(), gone.ID, gone.Token, crontab.Here(), w.dead())
	require.NoError(t, err)
	s := crontab.New(config(), w.open, w.launcher(), outcomes(w.home), clock.System{}, w.log, observe)
	require.Zero(t, s.Behind())
	require.NoError(t, s.Apply([]conf.CronEntry{long, old, each("*/2 * * * * *", "fail")}, time.UTC, noTimeout))
	stop := w.run(s)
	w.await("some are skipped and failed", func() bool { return w.runs("state = 'skipped'") > 0 && w.runs("state = 'failed'") > 0 })
	w.openGate()
	w.await("one ends well", func() bool { return w.runs("entry = 'gate' AND state = 'success'") > 0 })
	all := func() (states map[crontab.State]int) {
		mu.Lock()
		defer mu.Unlock()
		states = map[crontab.State]int{}
		for _, state := range seen {
			states[state]++
		}
		return states
	}
	w.await("all outcomes are told", func() bool { return len(all()) == 5 })
	stop()
	require.Equal(t, crontab.Lost, seen[gone.ID])
	require.GreaterOrEqual(t, all()[crontab.Missed], 2)
}

// After a long outage there is more to enter than one statement takes, and the
// database goes away once more in the middle. Each tick still has one row, and is
// run at most once.
func TestManyTicksOfAnOutage(t *testing.T) {
	dialects(t, func(w *world) {
		e := each(everySecond, "ok")
		entries, err := crontab.NewEntries([]conf.CronEntry{e}, time.UTC, noTimeout)
		require.NoError(w, err)
		from := w.now().Add(-20 * time.Minute)
		require.NoError(w, w.ledger.SetMarks(w.Context(), partition, []crontab.Mark{{Entry: "ok", Tick: from, Spec: entries[0].Spec}}))
		faults := w.faulty()
		faults.Refuse("INSERT INTO script_cron_run", 3, mysql.ErrInvalidConn)
		cfg := config()
		cfg.Late = 2 * time.Second
		s := crontab.New(cfg, w.openFaulty, w.launcher(), outcomes(w.home), clock.System{}, w.log, nil)
		require.NoError(w, s.Apply([]conf.CronEntry{e}, time.UTC, noTimeout))
		stop := w.run(s)
		w.await("some are run", func() bool { return w.runs("state = 'success'") >= 3 })
		stop()
		span, err := w.ledger.At(w.Context(), partition, "ok", from.Add(time.Second))
		require.NoError(w, err)
		var first, last, rows int64
		require.NoError(w, w.db.QueryRowContext(w.Context(), "SELECT MIN(tick), MAX(tick), COUNT(*) FROM script_cron_run WHERE tick_end = 0").Scan(&first, &last, &rows))
		require.Equal(w, span.TickEnd.Unix()+1, first, "the oldest share a row")
		require.Equal(w, last-first+1, rows, "each of the others has one")
		begun := noted(w.home, "begins")
		slices.Sort(begun)
		require.Equal(w, slices.Compact(slices.Clone(begun)), begun, "no tick ran twice")
	})
}
