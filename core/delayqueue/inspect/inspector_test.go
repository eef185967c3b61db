package inspect_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/lease"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// seeded is what the tests of the Inspector put into the table.
type seeded struct {
	kind   string
	status core.DelayStatus
	due    int // Unix second
	name   string
	params string
}

// fill stores the rows in their order, so that their ids count up from 1.
func fill(t *testing.T, db *sqldb.DB, rows ...seeded) {
	t.Helper()
	for chunk := range slices.Chunk(rows, 500) {
		var args []any
		for _, r := range chunk {
			args = append(args, r.kind, r.status, r.due, r.name, r.params)
		}
		_, err := db.ExecContext(t.Context(), "INSERT INTO delay_queue_log (exec_cmd, status, exec_time, name, params) VALUES (?,?,?,?,?)"+
			strings.Repeat(",(?,?,?,?,?)", len(chunk)-1), args...)
		require.NoError(t, err)
	}
}

// repeated is n rows that are due one second after the other.
func repeated(n int, r seeded) []seeded {
	rows := slices.Repeat([]seeded{r}, n)
	for i := range rows {
		rows[i].due += i
	}
	return rows
}

func list(t *testing.T, db *sqldb.DB, f inspect.Filter) (ids []uint64, searched int) {
	t.Helper()
	l, err := inspect.New(db).List(t.Context(), f)
	require.NoError(t, err)
	for _, j := range l.Jobs {
		ids = append(ids, j.ID)
	}
	return ids, l.Searched
}

func TestListOrdersAndFilters(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		fill(t, db,
			seeded{"mail", core.DelayDone, 100, "首单", ""},
			seeded{"mail", core.DelayWaiting, 400, "", "50% off_!"},
			seeded{"call", core.DelayWaiting, 300, "Vip", ""},
			seeded{"mail", core.DelayFailed, 200, "vip", ""},
			seeded{"mail", core.DelayWaiting, 350, "", "500 off"},
		)
		for name, c := range map[string]struct {
			filter inspect.Filter
			want   []uint64
		}{
			"the newest first":              {inspect.Filter{Limit: 3}, []uint64{5, 4, 3}},
			"waiting jobs as they fall due": {inspect.Filter{Status: core.DelayWaiting, Limit: 9}, []uint64{3, 5, 2}},
			"the first that fall due":       {inspect.Filter{Status: core.DelayWaiting, Limit: 2}, []uint64{3, 5}},
			"a kind, the latest due first":  {inspect.Filter{Kind: "mail", Limit: 3}, []uint64{2, 5, 4}},
			"a kind and a status":           {inspect.Filter{Kind: "mail", Status: core.DelayFailed, Limit: 9}, []uint64{4}},
			"due times, both included":      {inspect.Filter{Since: 200, Until: 350, Limit: 9}, []uint64{5, 3, 4}},
			"text in the name":              {inspect.Filter{Text: "vip", Limit: 9}, []uint64{4, 3}},
			"text in Chinese":               {inspect.Filter{Text: "首", Limit: 9}, []uint64{1}},
			"text is no pattern":            {inspect.Filter{Text: "50% off_!", Limit: 9}, []uint64{2}},
			"text and status":               {inspect.Filter{Text: "off", Status: core.DelayWaiting, Limit: 9}, []uint64{5, 2}},
			"nothing":                       {inspect.Filter{Kind: "fax", Limit: 9}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				ids, searched := list(t, db, c.filter)
				require.Equal(t, c.want, ids)
				require.Zero(t, searched)
			})
		}
	})
}

func TestSearchForTextGivesUpAndSaysSo(t *testing.T) {
	db := dbtest.New(t, sqldb.SQLite)
	fill(t, db, append([]seeded{{"mail", core.DelayDone, 1, "needle", ""}}, repeated(10_000, seeded{"mail", core.DelayDone, 2, "hay", ""})...)...)
	ids, searched := list(t, db, inspect.Filter{Text: "needle", Limit: 5})
	require.Empty(t, ids, "it lies one row behind those that are looked through")
	require.Equal(t, 10_000, searched)
	ids, _ = list(t, db, inspect.Filter{Text: "needle", Until: 10, Limit: 5})
	require.Equal(t, []uint64{1}, ids)
}

// On a table with many rows a list must read about as many as it shows.
func TestListsReadAlongIndexes(t *testing.T) {
	db := dbtest.New(t, sqldb.MySQL)
	fill(t, db, repeated(20_000, seeded{"mail", core.DelayDone, 1_000_000, "", ""})...)
	fill(t, db, repeated(5_000, seeded{"call", core.DelayWaiting, 1_000_000, "", ""})...)
	for name, f := range map[string]inspect.Filter{
		"all":                      {Limit: 20},
		"done":                     {Status: core.DelayDone, Limit: 20},
		"waiting":                  {Status: core.DelayWaiting, Limit: 20},
		"waiting of no such kind":  {Status: core.DelayWaiting, Kind: "fax", Limit: 20},
		"mail":                     {Kind: "mail", Limit: 20},
		"in the middle":            {Since: 1_010_000, Until: 1_011_000, Limit: 20},
		"done mails in the middle": {Kind: "mail", Status: core.DelayDone, Until: 1_010_000, Limit: 20},
	} {
		t.Run(name, func(t *testing.T) {
			require.Less(t, rowsRead(t, db, func() { list(t, db, f) }), 300)
		})
	}
	t.Run("stats", func(t *testing.T) {
		read := rowsRead(t, db, func() {
			s, err := inspect.New(db).Stats(t.Context())
			require.NoError(t, err)
			require.Len(t, s.Kinds, 2)
		})
		// The newest 10,000 rows of the table; all waiting calls, twice, for they are
		// overdue as well; nothing of the mails beyond the newest.
		require.Less(t, read, 2*(inspect.CountMost+2*5_000)+1_000)
	})
}

// rowsRead returns how many rows the server read of indexes and tables in f.
func rowsRead(t *testing.T, db *sqldb.DB, f func()) (sum int) {
	t.Helper()
	db.SetMaxOpenConns(1) // the server counts by session
	_, err := db.ExecContext(t.Context(), "FLUSH STATUS")
	require.NoError(t, err)
	f()
	rows, err := db.QueryContext(t.Context(), "SHOW SESSION STATUS WHERE Variable_name IN"+
		" ('Handler_read_first', 'Handler_read_last', 'Handler_read_key', 'Handler_read_next', 'Handler_read_prev', 'Handler_read_rnd')")
	require.NoError(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		var n int
		require.NoError(t, rows.Scan(&name, &n))
		sum += n
	}
	require.NoError(t, rows.Err())
	require.Positive(t, sum)
	return sum
}

func TestShowTellsAllOfAJob(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx := t.Context()
		i, s := inspect.New(db), sqlstore.New(db)
		_, found, err := i.Show(ctx, 1)
		require.NoError(t, err)
		require.False(t, found)

		before := clockMillis(t, s)
		pushed, err := s.Push(ctx, []core.DelayQueuePushParams{{Name: "首单", ExecCmd: "mail", Params: "{}", ExecTime: 1_000_000, ExecMs: 7, MaxAttempts: 3,
			TimeoutMs: 1500, MaxLateMs: 2500, UniqueKey: "order 1", UniqueFor: 60}})
		require.NoError(t, err)
		require.NoError(t, lease.NewSQLStore(db).Begin(ctx, "d1", lease.Identity{Host: "web1", PID: 42, Partition: "script1"}))
		rows, _, err := s.Claim(ctx, delayqueue.Claim{Owner: "d1", Token: 9}, "mail", time.Second, 1)
		require.NoError(t, err)
		require.Len(t, rows, 1)
		lost, err := s.Finish(ctx, "d1", []delayqueue.Outcome{{Held: delayqueue.Held{ID: pushed[0].ID, Token: 9}, Status: core.DelayDone, Result: "short",
			Whole: "short and whole", Attempts: 1, Started: 1_000_000_050, Ended: 1_000_000_060, Late: 43 * time.Millisecond}})
		require.NoError(t, err)
		require.Empty(t, lost)

		d, found, err := i.Show(ctx, pushed[0].ID)
		require.NoError(t, err)
		require.True(t, found)
		require.GreaterOrEqual(t, d.Created, before/1000*1000)
		require.GreaterOrEqual(t, d.Updated, d.Created)
		require.LessOrEqual(t, d.Updated, clockMillis(t, s))
		d.Created, d.Updated = 0, 0
		require.Equal(t, inspect.Job{ID: pushed[0].ID, Name: "首单", ExecCmd: "mail", Params: "{}", Status: core.DelayDone, Result: "short",
			Due: 1_000_000_007, FirstDue: 1_000_000_007, Owner: "d1", Attempts: 1, MaxAttempts: 3,
			Timeout: 1500 * time.Millisecond, MaxLate: 2500 * time.Millisecond, UniqueKey: "order 1", UniqueFor: time.Minute,
			Started: 1_000_000_050, Ended: 1_000_000_060, Late: 43 * time.Millisecond}, d.Job)
		require.Equal(t, "short and whole", d.Whole)
		require.Equal(t, "web1", d.Daemon.Host)
		require.Equal(t, 42, d.Daemon.PID)
		require.False(t, d.Daemon.Dead)
	})
}

func TestShowOfAJobThatHasNothingYet(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		fill(t, db, seeded{"mail", core.DelayWaiting, 1_000_000, "", ""}, seeded{"mail", core.DelayRunning, 1_000_000, "", ""})
		_, err := db.ExecContext(t.Context(), "UPDATE delay_queue_log SET owner = 'long dead' WHERE id = 2")
		require.NoError(t, err)
		for id := range uint64(2) {
			d, found, err := inspect.New(db).Show(t.Context(), id+1)
			require.NoError(t, err)
			require.True(t, found)
			require.Empty(t, d.Whole)
			require.Nil(t, d.Daemon)
			require.Zero(t, d.Created, "a plain INSERT leaves it empty")
		}
	})
}

// clockMillis is the database's clock in milliseconds.
func clockMillis(t *testing.T, s *sqlstore.Store) int64 {
	t.Helper()
	micros, err := s.Now(t.Context())
	require.NoError(t, err)
	return micros / 1000
}

func TestStatsCountByKindUpToALimit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		second := int(clockMillis(t, sqlstore.New(db)) / 1000)
		fill(t, db, repeated(inspect.CountMost+500, seeded{"mail", core.DelayWaiting, 1_000_000, "", ""})...)
		fill(t, db,
			seeded{"call", core.DelayWaiting, second - 100, "", ""},
			seeded{"call", core.DelayWaiting, second + 30, "", ""},
			seeded{"call", core.DelayWaiting, second + 1000, "", ""},
			seeded{"call", core.DelayRunning, second, "", ""},
			seeded{"call", core.DelayHeld, second, "", ""},
			seeded{"call", core.DelayDone, second, "", ""},
			seeded{"call", core.DelayDone, second, "", ""},
			seeded{"fax", core.DelayFailed, second, "", ""},
			seeded{"fax", core.DelayCancelled, second, "", ""},
			seeded{"fax", core.DelaySkipped, second, "", ""},
		)
		_, err := db.ExecContext(t.Context(), "UPDATE delay_queue_log SET late_ms = 12 WHERE exec_cmd = 'call' AND status = 3")
		require.NoError(t, err)
		s, err := inspect.New(db).Stats(t.Context())
		require.NoError(t, err)
		require.Equal(t, &inspect.Stats{Recent: inspect.CountMost, Kinds: []inspect.KindStats{
			{Kind: "call", Waiting: 3, Overdue: 1, Soon: 1, Running: 1, Held: 1, Done: 2, Latest: 12 * time.Millisecond},
			{Kind: "fax", Failed: 1, Cancelled: 1, Skipped: 1},
			{Kind: "mail", Waiting: inspect.CountMost, Overdue: inspect.CountMost},
		}}, s)
	})
}

func TestStatsStopAtManyKinds(t *testing.T) {
	db := dbtest.New(t, sqldb.SQLite)
	for n := range inspect.KindsMost + 5 {
		fill(t, db, seeded{fmt.Sprintf("kind%03d", n), core.DelayWaiting, 1, "", ""})
	}
	s, err := inspect.New(db).Stats(t.Context())
	require.NoError(t, err)
	require.Len(t, s.Kinds, inspect.KindsMost)
	require.True(t, s.More)
}

func TestDaemonsTheLivingFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		leases := lease.NewSQLStore(db)
		for n, id := range []string{"d1", "d2", "d3", "d4"} {
			require.NoError(t, leases.Begin(t.Context(), id, lease.Identity{Host: "web", PID: n + 1}))
		}
		condemned, err := leases.Condemn(t.Context(), "d2", 1, "no beat for 9s")
		require.NoError(t, err)
		require.True(t, condemned)
		require.NoError(t, leases.End(t.Context(), "d3"))
		require.NoError(t, setTimes(t.Context(), db, map[string]int{"d1": 1000, "d2": 2000, "d3": 3000, "d4": 4000}))

		daemons, err := inspect.New(db).Daemons(t.Context(), 1)
		require.NoError(t, err)
		require.Len(t, daemons, 3)
		require.Equal(t, "d4", daemons[0].ID)
		require.Equal(t, "d1", daemons[1].ID)
		require.Equal(t, "d3", daemons[2].ID, "of the dead, the one that ended last")
		require.Equal(t, "ended", daemons[2].Why)
		require.True(t, daemons[2].Dead)
	})
}

// setTimes gives daemons a time of start and, where they are dead, the same of end.
func setTimes(ctx context.Context, db *sqldb.DB, millis map[string]int) error {
	for id, ms := range millis {
		_, err := db.ExecContext(ctx, "UPDATE script_daemon SET started_at = ?, ended_at = dead * ? WHERE id = ?", ms, ms, id)
		if err != nil {
			return err
		}
	}
	return nil
}

func TestListFindsTheHolderOfAKeyWhereverItLies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		fill(t, db, seeded{"mail", core.DelayWaiting, 4_000_000_000, "", ""}, seeded{"mail", core.DelayDone, 1_000_000, "", ""}, seeded{"mail", core.DelayDone, 1_000_001, "", ""})
		_, err := db.ExecContext(t.Context(), "UPDATE delay_queue_log SET unique_key = 'Order 1' WHERE id < 3")
		require.NoError(t, err)
		_, err = db.ExecContext(t.Context(), "UPDATE delay_queue_log SET unique_hash = ? WHERE id = 1", delayqueue.UniqueHash("mail", "Order 1"))
		require.NoError(t, err)
		ids, _ := list(t, db, inspect.Filter{Key: "Order 1", Limit: 9})
		require.Equal(t, []uint64{2, 1}, ids)
		ids, _ = list(t, db, inspect.Filter{Key: "order 1", Limit: 9})
		require.Empty(t, ids, "another key")
		ids, _ = list(t, db, inspect.Filter{Kind: "mail", Key: "Order 1", Status: core.DelayDone, Limit: 9})
		require.Equal(t, []uint64{2}, ids)

		fill(t, db, repeated(10_000, seeded{"mail", core.DelayWaiting, 1_000_000, "", ""})...)
		ids, _ = list(t, db, inspect.Filter{Kind: "mail", Key: "Order 1", Status: core.DelayWaiting, Limit: 9})
		require.Equal(t, []uint64{1}, ids, "it is the last of those that wait")
	})
}
