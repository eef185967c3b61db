package inspect_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// retire moves all jobs that are done or failed to the archive.
func retire(t *testing.T, db *sqldb.DB) {
	t.Helper()
	for _, status := range []core.DelayStatus{core.DelayDone, core.DelayFailed} {
		for n := 1; n > 0; {
			var err error
			n, err = sqlstore.New(db).Retire(t.Context(), status, 2_000_000_000, true, 1000)
			require.NoError(t, err)
		}
	}
}

func TestArchivedJobIsShownAsItWas(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		ctx, i := t.Context(), inspect.New(db)
		fill(t, db, seeded{"mail", core.DelayFailed, 100, "首单", "{}"}, seeded{"mail", core.DelayDone, 100, "", ""})
		_, err := db.ExecContext(ctx, "UPDATE delay_queue_log SET attempts = 5, result = 'no such', owner = 'gone', start_time = 100003, end_time = 100005, late_ms = 3,"+
			" timeout_ms = 1500, max_late_ms = 2500, unique_key = 'order 1' WHERE id = 1")
		require.NoError(t, err)
		_, err = db.ExecContext(ctx, "INSERT INTO script_delay_result (job_id, result) VALUES (1, 'no such order')")
		require.NoError(t, err)
		before, found, err := i.Show(ctx, 1)
		require.NoError(t, err)
		require.True(t, found)
		_, found, err = i.ShowArchived(ctx, 1)
		require.NoError(t, err)
		require.False(t, found, "it is in the queue")

		retire(t, db)
		_, found, err = i.Show(ctx, 1)
		require.NoError(t, err)
		require.False(t, found)
		a, found, err := i.ShowArchived(ctx, 1)
		require.NoError(t, err)
		require.True(t, found)
		require.Equal(t, *before, a.Detail)
		require.Equal(t, "no such order", a.Whole)
		require.Positive(t, a.At)
		a, _, err = i.ShowArchived(ctx, 2)
		require.NoError(t, err)
		require.Empty(t, a.Whole, "its result fits the row")
	})
}

// A question that names more jobs than are moved afterwards looks like a loss.
func TestOldJobsAreThoseThatAreRetired(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		fill(t, db, repeated(4, seeded{"mail", core.DelayDone, 100, "", ""})...)
		for id, change := range map[int]string{
			1: "end_time = 1, unique_hash = '1', unique_for = 4000000000",
			2: "end_time = 1, unique_hash = '2', unique_for = 1",
			3: "end_time = 1",
			4: "end_time = 4000000000000",
		} {
			_, err := db.ExecContext(t.Context(), "UPDATE delay_queue_log SET "+change+" WHERE id = ?", id)
			require.NoError(t, err)
		}
		old, err := inspect.New(db).Old(t.Context(), core.DelayDone, 2_000_000_000)
		require.NoError(t, err)
		require.Equal(t, 2, old)
		retire(t, db)
		ids, _ := list(t, db, inspect.Filter{Limit: 10})
		require.ElementsMatch(t, []uint64{1, 4}, ids)
	})
}

func archivedIDs(t *testing.T, db *sqldb.DB, f inspect.Filter) (ids []uint64, searched int) {
	t.Helper()
	l, err := inspect.New(db).ListArchived(t.Context(), f)
	require.NoError(t, err)
	for _, j := range l.Jobs {
		ids = append(ids, j.ID)
	}
	return ids, l.Searched
}

func TestArchivedJobsAreListedAndFiltered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		fill(t, db,
			seeded{"mail", core.DelayDone, 100, "首单", ""},
			seeded{"mail", core.DelayFailed, 400, "", "50% off_!"},
			seeded{"call", core.DelayDone, 300, "Vip", ""},
			seeded{"mail", core.DelayDone, 350, "", "500 off"},
			seeded{"mail", core.DelayWaiting, 350, "", ""},
		)
		_, err := db.ExecContext(t.Context(), "UPDATE delay_queue_log SET unique_key = 'Order 1' WHERE id IN (1, 3)")
		require.NoError(t, err)
		retire(t, db)
		for name, c := range map[string]struct {
			filter inspect.Filter
			want   []uint64
		}{
			"the newest first":         {inspect.Filter{Limit: 3}, []uint64{4, 3, 2}},
			"a kind":                   {inspect.Filter{Kind: "mail", Limit: 2}, []uint64{4, 2}},
			"a status":                 {inspect.Filter{Status: core.DelayFailed, Limit: 9}, []uint64{2}},
			"due times, both included": {inspect.Filter{Since: 300, Until: 350, Limit: 9}, []uint64{4, 3}},
			"text in Chinese":          {inspect.Filter{Text: "首", Limit: 9}, []uint64{1}},
			"text in any case":         {inspect.Filter{Text: "vip", Limit: 9}, []uint64{3}},
			"text is no pattern":       {inspect.Filter{Text: "50% off_!", Limit: 9}, []uint64{2}},
			"a unique key":             {inspect.Filter{Key: "Order 1", Limit: 9}, []uint64{3, 1}},
			"a key is exact":           {inspect.Filter{Key: "order 1", Limit: 9}, nil},
			"all together":             {inspect.Filter{Kind: "mail", Status: core.DelayDone, Since: 1, Until: 500, Text: "首", Key: "Order 1", Limit: 9}, []uint64{1}},
			"a kind and a status":      {inspect.Filter{Kind: "mail", Status: core.DelayDone, Limit: 9}, []uint64{4, 1}},
			"a kind and due times":     {inspect.Filter{Kind: "mail", Since: 350, Limit: 9}, []uint64{4, 2}},
			"no such kind":             {inspect.Filter{Kind: "fax", Limit: 9}, nil},
			"what still waits":         {inspect.Filter{Status: core.DelayWaiting, Limit: 9}, nil},
		} {
			t.Run(name, func(t *testing.T) {
				ids, searched := archivedIDs(t, db, c.filter)
				require.Equal(t, c.want, ids)
				require.Zero(t, searched)
			})
		}
	})
}

// archiveMany puts jobs with ids from 2 on into the archive, and one that is unlike them.
func archiveMany(t *testing.T, db *sqldb.DB, n int) {
	t.Helper()
	insert := "INSERT INTO script_delay_archive (id, exec_cmd, name, status, exec_time) VALUES "
	_, err := db.ExecContext(t.Context(), insert+"(1, 'call', 'needle', 4, 1)")
	require.NoError(t, err)
	const chunk = 1000
	for first := 2; first < n+2; first += chunk {
		var args []any
		for id := first; id < first+chunk; id++ {
			args = append(args, id)
		}
		_, err := db.ExecContext(t.Context(), insert+"(?, 'mail', 'hay', 3, 2)"+strings.Repeat(", (?, 'mail', 'hay', 3, 2)", chunk-1), args...)
		require.NoError(t, err)
	}
}

func TestSearchInTheArchiveGivesUpAndSaysSo(t *testing.T) {
	db := dbtest.New(t, sqldb.SQLite)
	archiveMany(t, db, 11_000)
	for name, f := range map[string]inspect.Filter{
		"a text":              {Text: "needle", Limit: 5},
		"a text in a kind":    {Kind: "mail", Text: "needle", Limit: 5},
		"a status of no kind": {Status: core.DelayFailed, Limit: 5},
		"due times":           {Until: 1, Limit: 5},
	} {
		ids, searched := archivedIDs(t, db, f)
		require.Empty(t, ids, "%s: it lies behind those that are looked through", name)
		require.Equal(t, 10_000, searched, name)
	}
	ids, searched := archivedIDs(t, db, inspect.Filter{Text: "hay", Limit: 2})
	require.Equal(t, []uint64{11_001, 11_000}, ids)
	require.Zero(t, searched, "the list is full")
}

// A job of a kind is found however many newer ones there are of others.
func TestArchivedJobsOfAKindAreFoundBehindManyOthers(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		archiveMany(t, db, 11_000)
		for name, f := range map[string]inspect.Filter{
			"a kind":              {Kind: "call", Limit: 5},
			"a kind and a status": {Kind: "call", Status: core.DelayFailed, Limit: 5},
			"a text in a kind":    {Kind: "call", Text: "needle", Limit: 5},
		} {
			ids, searched := archivedIDs(t, db, f)
			require.Equal(t, []uint64{1}, ids, name)
			require.Zero(t, searched, name)
		}
		_, err := db.ExecContext(t.Context(), "UPDATE script_delay_archive SET status = 4 WHERE id = 2")
		require.NoError(t, err)
		ids, searched := archivedIDs(t, db, inspect.Filter{Kind: "mail", Status: core.DelayFailed, Limit: 5})
		require.Equal(t, []uint64{2}, ids, "behind many that are done")
		require.Zero(t, searched)
	})
}

// However large the archive is, a bounded part of it is read.
func TestArchiveIsReadAlongItsIndexes(t *testing.T) {
	db := dbtest.New(t, sqldb.MySQL)
	archiveMany(t, db, 60_000)
	for name, c := range map[string]struct {
		filter inspect.Filter
		most   int
	}{
		"the newest":       {inspect.Filter{Limit: 20}, 100},
		"one kind":         {inspect.Filter{Kind: "mail", Limit: 20}, 100},
		"kind and status":  {inspect.Filter{Kind: "mail", Status: core.DelayDone, Limit: 20}, 100},
		"no such kind":     {inspect.Filter{Kind: "fax", Limit: 20}, 100},
		"text in a kind":   {inspect.Filter{Kind: "mail", Text: "needle", Limit: 20}, 45_000},
		"text and due":     {inspect.Filter{Text: "needle", Since: 1, Limit: 20}, 45_000},
		"key of no holder": {inspect.Filter{Key: "order", Limit: 20}, 45_000},
	} {
		t.Run(name, func(t *testing.T) {
			require.Less(t, rowsRead(t, db, func() { archivedIDs(t, db, c.filter) }), c.most)
		})
	}
	require.Less(t, rowsRead(t, db, func() {
		_, found, err := inspect.New(db).ShowArchived(t.Context(), 77)
		require.NoError(t, err)
		require.True(t, found)
	}), 20)
}
