package delayqueue_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

func TestStatisticsTellWhatBecameOfJobs(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.handle("good", func(context.Context, *core.Task) error { return nil })
		r.handle("bad", func(context.Context, *core.Task) error { return errors.New("no") }, core.MaxAttempts(1))
		r.start()
		for range 3 {
			r.push(core.DelayQueuePushParams{ExecCmd: "good"})
		}
		r.push(core.DelayQueuePushParams{ExecCmd: "bad"})
		for range 3 {
			r.await(delayqueue.Done, 0)
		}
		r.await(delayqueue.Failed, 0)
		r.push(core.DelayQueuePushParams{ExecCmd: "bad", ExecTime: 1, MaxLateMs: 1})
		r.await(delayqueue.Skipped, 0)
		require.NoError(t, r.shutDown(), "which writes what has not been written")
		var future int
		require.NoError(t, r.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM script_delay_stat WHERE at > "+r.db.Dialect.NowSeconds()).Scan(&future))
		require.Zero(t, future)
		for _, w := range []inspect.Window{inspect.LastMinute, inspect.LastHour, inspect.LastDay} {
			recent, err := inspect.New(r.db).Recent(t.Context(), w)
			require.NoError(t, err)
			require.Len(t, recent, 2, w.String())
			require.Equal(t, []any{"bad", uint64(1), uint64(0), uint64(1)}, []any{recent[0].Kind, recent[0].Failed, recent[0].Done, recent[0].Skipped})
			require.Equal(t, []any{"good", uint64(0), uint64(3)}, []any{recent[1].Kind, recent[1].Failed, recent[1].Done})
			require.Positive(t, recent[1].P50)
			require.LessOrEqual(t, recent[1].P50, recent[1].P99)
		}
	})
}

// A row is written whole: written again, also in another daemon's name, it counts once for each.
func TestStatisticsOfDaemonsAddUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := sqlstore.New(db)
		micros, err := s.Now(t.Context())
		require.NoError(t, err)
		row := delayqueue.Statistic{Kind: "k", Minutes: 1, At: micros / 1e6 / 60 * 60, Done: 7, Late: []byte{1, 3}}
		for _, owner := range []string{"a", "a", "b"} {
			require.NoError(t, s.WriteStatistics(t.Context(), owner, []delayqueue.Statistic{row}))
		}
		i := inspect.New(db)
		recent, err := i.Recent(t.Context(), inspect.LastMinute)
		require.NoError(t, err)
		require.Equal(t, uint64(14), recent[0].Done)

		purge := func(before int64) int {
			n, err := s.PurgeStatistics(t.Context(), 1, before, 10)
			require.NoError(t, err)
			return n
		}
		require.Zero(t, purge(row.At))
		recent, err = i.Recent(t.Context(), inspect.LastHour)
		require.NoError(t, err)
		require.Len(t, recent, 1)
		require.Equal(t, 2, purge(row.At+1))
		recent, err = i.Recent(t.Context(), inspect.LastHour)
		require.NoError(t, err)
		require.Empty(t, recent)
	})
}

func TestManyKindsAreWrittenInSeveralStatements(t *testing.T) {
	db := dbtest.New(t, sqldb.SQLite)
	s := sqlstore.New(db)
	rows := slices.Repeat([]delayqueue.Statistic{{Kind: "k", Minutes: 60, Late: []byte{}}}, 450)
	for i := range rows {
		rows[i].At = int64(i)
	}
	require.NoError(t, s.WriteStatistics(t.Context(), "a", rows))
	var n int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM script_delay_stat").Scan(&n))
	require.Equal(t, 450, n)
}

// A row whose due time a plain INSERT left at 0 is half a century late.
func TestLatenessBeyondTheColumnIsWrittenAsTheMostItHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := sqlstore.New(db)
		micros, err := s.Now(t.Context())
		require.NoError(t, err)
		row := delayqueue.Statistic{Kind: "k", Minutes: 1, At: micros / 1e6 / 60 * 60, Done: 1, LateMax: 55 * 365 * 24 * time.Hour, Late: []byte{219, 1, 1}}
		require.NoError(t, s.WriteStatistics(t.Context(), "a", []delayqueue.Statistic{row}))
		recent, err := inspect.New(db).Recent(t.Context(), inspect.LastMinute)
		require.NoError(t, err)
		require.Greater(t, recent[0].Max, 49*24*time.Hour)
	})
}
