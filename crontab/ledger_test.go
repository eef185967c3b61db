package crontab_test

import (
	"context"
	"database/sql"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
	"simplest_script/test/dbtest"
	"simplest_script/test/sqlfault"
)

const partition = "script1"

var (
	noon  = time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	here  = crontab.Place{Host: "h", Boot: "b", PIDNS: "1"}
	child = crontab.Process{PID: 7, Start: 70}
)

// due is a tick as a scheduler enters it.
func due(entry string, tick time.Time) crontab.Run {
	return crontab.Run{
		Partition: partition, Entry: entry, Tick: tick, State: crontab.Starting, ExecCmd: entry, Name: "name of " + entry, Params: `{"n":1}`,
		Timeout: time.Minute, Place: here, Owner: crontab.Process{PID: 5, Start: 50},
	}
}

func enter(t *testing.T, l *crontab.Ledger, token uint64, rows ...crontab.Run) []crontab.Run {
	t.Helper()
	mine, err := l.Enter(t.Context(), token, rows)
	require.NoError(t, err)
	return mine
}

// begun is a run that its child has begun.
func begun(t *testing.T, l *crontab.Ledger, row crontab.Run) crontab.Run {
	t.Helper()
	mine := enter(t, l, 11, row)
	require.Len(t, mine, 1)
	r, err := l.Begin(t.Context(), mine[0].ID, 11, here, child)
	require.NoError(t, err)
	return r
}

func count(t *testing.T, db *sqldb.DB, what string) int {
	t.Helper()
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM "+what).Scan(&n))
	return n
}

func TestOneOfManyGetsThePermission(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		rows := []crontab.Run{due("b", noon), due("a", noon), due("a", noon.Add(time.Second))}
		got := make([]int, 4)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() {
				mine, err := crontab.NewLedger(db).Enter(t.Context(), uint64(i+1), rows)
				if err == nil {
					got[i] = len(mine)
				}
			})
		}
		all.Wait()
		sum := 0
		for _, n := range got {
			sum += n
		}
		require.Equal(t, 3, sum, "each tick belongs to one")
		require.Equal(t, 3, count(t, db, "script_cron_run"))
	})
}

func TestWhatIsEnteredIsReadBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		missed := due("b", noon)
		missed.State, missed.Reason, missed.TickEnd = crontab.Missed, "nobody was there", noon.Add(time.Hour)
		mine := enter(t, l, 3, due("a", noon), missed)
		require.Len(t, mine, 2)
		a := mine[0]
		require.Equal(t, []any{"a", crontab.Starting, uint64(3), `{"n":1}`, time.Minute, here, crontab.Process{PID: 5, Start: 50}, noon.Unix()},
			[]any{a.Entry, a.State, a.Token, a.Params, a.Timeout, a.Place, a.Owner, a.Tick.Unix()})
		require.True(t, a.EndedAt.IsZero())
		require.False(t, mine[1].EndedAt.IsZero())

		r, err := l.At(t.Context(), partition, "b", noon.Add(59*time.Minute))
		require.NoError(t, err)
		require.Equal(t, "nobody was there", r.Reason)
		_, err = l.At(t.Context(), partition, "b", noon.Add(61*time.Minute))
		require.ErrorIs(t, err, crontab.ErrNoRun)
		_, err = l.At(t.Context(), partition, "a", noon.Add(time.Second))
		require.ErrorIs(t, err, crontab.ErrNoRun)
		require.Empty(t, enter(t, l, 4, due("a", noon)), "the tick is taken")
		unfinished, err := l.Unfinished(t.Context(), partition)
		require.NoError(t, err)
		require.Len(t, unfinished, 1)
	})
}

func TestNamesThatOnlyAByteTellsApart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		require.Len(t, enter(t, crontab.NewLedger(db), 1, due("report", noon), due("Report", noon), due("répört", noon)), 3)
	})
}

// The reply to the entry of a tick is cut off. With the same token the second try
// learns that the first had been heard.
func TestCutReplyLosesNoPermission(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		faults := sqlfault.New(t)
		pool := faults.Over(db.DB)
		defer pool.Close()
		l := crontab.NewLedger(&sqldb.DB{DB: pool, Dialect: db.Dialect})
		faults.CutReply("COMMIT", 1)
		_, err := l.Enter(t.Context(), 9, []crontab.Run{due("a", noon)})
		require.Error(t, err)
		require.Len(t, enter(t, l, 9, due("a", noon)), 1)
	})
}

// The entry takes effect only after its sender gave up. It stands under the
// sender's token, and nobody else takes it for his.
func TestLateEntryStandsUnderItsToken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		faults := sqlfault.New(t)
		pool := faults.Over(db.DB)
		defer pool.Close()
		arrive := faults.Late("COMMIT", 1)
		_, err := crontab.NewLedger(&sqldb.DB{DB: pool, Dialect: db.Dialect}).Enter(t.Context(), 9, []crontab.Run{due("a", noon)})
		require.Error(t, err)
		require.NoError(t, arrive())
		l := crontab.NewLedger(db)
		require.Empty(t, enter(t, l, 10, due("a", noon)))
		require.Len(t, enter(t, l, 9, due("a", noon)), 1)
	})
}

func TestFirstActIsFencedByTheToken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		mine := enter(t, l, 1, due("a", noon))
		taken, err := l.Renew(t.Context(), mine[0], 2, here, crontab.Process{PID: 6})
		require.NoError(t, err)
		require.True(t, taken)
		again, err := l.Renew(t.Context(), mine[0], 3, here, crontab.Process{PID: 8})
		require.NoError(t, err)
		require.False(t, again, "a second successor is too late")

		_, err = l.Begin(t.Context(), mine[0].ID, 1, here, child)
		require.ErrorIs(t, err, crontab.ErrNotPermitted, "the child of the former start")
		r, err := l.Begin(t.Context(), mine[0].ID, 2, here, child)
		require.NoError(t, err)
		require.Equal(t, crontab.Running, r.State)
		_, err = l.Begin(t.Context(), mine[0].ID, 2, here, child)
		require.NoError(t, err, "the same child repeats itself")
		_, err = l.Begin(t.Context(), mine[0].ID, 2, here, crontab.Process{PID: 7, Start: 71})
		require.ErrorIs(t, err, crontab.ErrNotPermitted, "another process with the same pid")
		late, err := l.Renew(t.Context(), r, 5, here, child)
		require.NoError(t, err)
		require.False(t, late, "what runs is not started anew")
	})
}

func TestOutcomeStandsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		r := begun(t, l, due("a", noon))
		conclude := func(o crontab.Outcome, from ...crontab.State) bool {
			t.Helper()
			ok, err := l.Conclude(t.Context(), r, o, from...)
			require.NoError(t, err)
			return ok
		}
		lost := crontab.Outcome{State: crontab.Lost, Reason: "silent"}
		done := crontab.Outcome{State: crontab.Success, Result: `{"n":2}`, Cost: 1500 * time.Millisecond, PeakKB: 4096}
		require.False(t, conclude(lost, crontab.Starting), "from another state")
		require.True(t, conclude(lost, crontab.Running))
		require.True(t, conclude(done, crontab.Running, crontab.Lost), "its own outcome replaces lost")
		require.True(t, conclude(done, crontab.Running, crontab.Lost), "again")
		require.False(t, conclude(lost, crontab.Running))
		now, err := l.Run(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, []any{crontab.Success, `{"n":2}`, "", 1500 * time.Millisecond, int64(4096)}, []any{now.State, now.Result, now.Reason, now.Cost, now.PeakKB})
		require.Zero(t, count(t, db, "crontab_log"), "is_log is 0")
	})
}

func TestCrontabLogIsToldOfRunsWithIsLog(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		logged := func(entry string) crontab.Run {
			r := due(entry, noon)
			r.IsLog = true
			return r
		}
		r := begun(t, l, logged("a"))
		_, err := l.Begin(t.Context(), r.ID, r.Token, here, child)
		require.NoError(t, err)
		var pid, cost int
		var uk, status, result, where string
		var start, end int64
		look := func() {
			t.Helper()
			require.NoError(t, db.QueryRowContext(t.Context(), "SELECT pid, uk, status, result, `partition`, start_time, end_time, cost_time FROM crontab_log").
				Scan(&pid, &uk, &status, &result, &where, &start, &end, &cost))
		}
		look()
		require.Equal(t, []any{7, "a", "running", "", partition, int64(0)}, []any{pid, uk, status, result, where, end})
		require.Positive(t, start)

		_, err = l.Conclude(t.Context(), r, crontab.Outcome{State: crontab.Failed, Reason: "no money", Cost: time.Second}, crontab.Running)
		require.NoError(t, err)
		look()
		require.Equal(t, []any{"failed", "no money", 1000}, []any{status, result, cost})
		require.GreaterOrEqual(t, end, start)

		never := enter(t, l, 4, logged("b"))[0]
		_, err = l.Conclude(t.Context(), never, crontab.Outcome{State: crontab.Failed, Reason: "no fork"}, crontab.Starting)
		require.NoError(t, err)
		require.Equal(t, 1, count(t, db, "crontab_log WHERE uk = 'b' AND status = 'failed' AND result = 'no fork' AND start_time > 0"))
	})
}

func TestBeatCarriesProgressAndTheWishToStop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		r := begun(t, l, due("a", noon))
		stop, err := l.Beat(t.Context(), r.ID, r.Token, 40, "counting")
		require.NoError(t, err)
		require.False(t, stop)
		require.NoError(t, l.AskToStop(t.Context(), r.ID))
		stop, err = l.Beat(t.Context(), r.ID, r.Token, 50, "counting")
		require.NoError(t, err)
		require.True(t, stop)
		now, err := l.Run(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, []any{50, "counting", r.Seq + 2}, []any{now.Percent, now.Progress, now.Seq})
	})
}

func TestMarksGoForwardOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		set := func(tick time.Time, spec string) {
			t.Helper()
			require.NoError(t, l.SetMarks(t.Context(), partition, []crontab.Mark{{"a", tick, spec}, {"b", noon, "x"}}))
		}
		get := func() crontab.Mark {
			t.Helper()
			marks, err := l.Marks(t.Context(), partition)
			require.NoError(t, err)
			require.Len(t, marks, 2)
			return marks["a"]
		}
		set(noon, "one")
		set(noon.Add(-time.Minute), "one")
		require.True(t, get().Tick.Equal(noon))
		set(noon.Add(time.Minute), "one")
		require.True(t, get().Tick.Equal(noon.Add(time.Minute)))
		set(noon, "two")
		require.Equal(t, "two", get().Spec)
		require.True(t, get().Tick.Equal(noon), "a new schedule begins where it is put in force")
	})
}

func TestOldRunsAreFoldedIntoCounters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		logged := due("b", noon)
		logged.IsLog = true
		for i := range 3 {
			r := begun(t, l, due("a", noon.Add(time.Duration(i)*time.Second)))
			_, err := l.Conclude(t.Context(), r, crontab.Outcome{State: crontab.Success, Cost: time.Second}, crontab.Running)
			require.NoError(t, err)
		}
		b := begun(t, l, logged)
		_, err := l.Conclude(t.Context(), b, crontab.Outcome{State: crontab.Success}, crontab.Running)
		require.NoError(t, err)
		enter(t, l, 8, due("c", noon))
		future, past := time.Now().Add(time.Hour), time.Now().Add(-time.Hour)

		n, err := l.Fold(t.Context(), past, past)
		require.NoError(t, err)
		require.Zero(t, n)
		n, err = l.Fold(t.Context(), future, past)
		require.NoError(t, err)
		require.Equal(t, 3, n)
		require.Equal(t, 1, count(t, db, "script_cron_count WHERE entry = 'a' AND state = 'success' AND runs = 3 AND cost_ms = 3000 AND day = '2026-01-01'"))
		n, err = l.Fold(t.Context(), future, future)
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, 1, count(t, db, "script_cron_run"), "what has not ended stays")
	})
}

func TestMissingRunIsAnErrorOfItsOwn(t *testing.T) {
	_, err := crontab.NewLedger(dbtest.New(t, sqldb.SQLite)).Run(context.Background(), 404)
	require.ErrorIs(t, err, crontab.ErrNoRun)
	require.NotErrorIs(t, err, sql.ErrNoRows)
}

// The table of an old installation may have a character set that has not every
// character. The outcome stands all the same.
func TestCrontabLogOfAnOldCharacterSet(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		db := dbtest.New(t, d)
		want := "done 好 🎉"
		if d == sqldb.MySQL {
			_, err := db.ExecContext(t.Context(), "ALTER TABLE crontab_log CONVERT TO CHARACTER SET utf8")
			require.NoError(t, err)
			want = "done 好 ?"
		}
		row := due("a", noon)
		row.IsLog, row.Name = true, "🎉"
		l := crontab.NewLedger(db)
		r := begun(t, l, row)
		ok, err := l.Conclude(t.Context(), r, crontab.Outcome{State: crontab.Failed, Reason: "done 好 🎉"}, crontab.Running)
		require.NoError(t, err)
		require.True(t, ok)
		r, err = l.Run(t.Context(), r.ID)
		require.NoError(t, err)
		require.Equal(t, "done 好 🎉", r.Reason, "our own table has them all")
		var result string
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT result FROM crontab_log WHERE status = 'failed'").Scan(&result))
		require.Equal(t, want, result)
	})
}
