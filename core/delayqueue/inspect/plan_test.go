package inspect_test

import (
	"database/sql"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// large is a database whose tables are filled with more than 100,000 rows, with one
// session, whose reads are counted.
type large struct {
	*testing.T
	*sqldb.DB
	now int64 // Unix seconds of the database
}

func newLarge(t *testing.T) *large {
	l := &large{T: t, DB: dbtest.New(t, sqldb.MySQL)}
	l.SetMaxOpenConns(1)
	micros, err := sqlstore.New(l.DB).Now(t.Context())
	require.NoError(t, err)
	l.now = micros / 1e6
	l.exec("CREATE TABLE test_numbers (n int unsigned NOT NULL PRIMARY KEY)")
	l.exec("INSERT INTO test_numbers VALUES (0)")
	for n := 1; n < 1<<17; n *= 2 {
		l.exec("INSERT INTO test_numbers SELECT n + ? FROM test_numbers", n)
	}
	return l
}

func (l *large) exec(query string, args ...any) {
	l.Helper()
	_, err := l.ExecContext(l.Context(), query, args...)
	require.NoError(l, err, query)
}

// reads is how many rows the session reads while f runs.
func (l *large) reads(f func() error) int {
	l.Helper()
	sum := func() (sum int) {
		all, err := sqldb.Collect(func(rows *sql.Rows) (value int, err error) {
			var name string
			err = rows.Scan(&name, &value)
			return value, err
		})(l.QueryContext(l.Context(), "SHOW SESSION STATUS LIKE 'Handler_read%'"))
		require.NoError(l, err)
		for _, v := range all {
			sum += v
		}
		return sum
	}
	before, idle := sum(), sum()
	require.NoError(l, f())
	return sum() - idle - (idle - before) // what the question itself costs
}

// Daemons write rows of their own for each kind, minute and hour, and those of three
// hours and eight days lie there.
func TestRecentReadsOnlyTheRowsOfItsWindow(t *testing.T) {
	l := newLarge(t)
	insert := "INSERT INTO script_delay_stat (exec_cmd, minutes, at, owner, done, late) SELECT CONCAT('kind', n % 20), ?, ? - n DIV 400 * 60 * ?, CONCAT('daemon', n DIV 20 % 20), 1, '' FROM test_numbers WHERE n < ?"
	l.exec(insert, 1, l.now-l.now%60, 1, 400*180)
	l.exec(insert, 60, l.now-l.now%3600, 60, 400*192)
	l.exec("ANALYZE TABLE script_delay_stat")
	for w, spans := range map[inspect.Window]int{inspect.LastMinute: 2, inspect.LastHour: 61, inspect.LastDay: 25} {
		t.Run(w.String(), func(t *testing.T) {
			read := l.reads(func() error {
				kinds, err := inspect.New(l.DB).Recent(t.Context(), w)
				require.Len(t, kinds, 20)
				return err
			})
			require.LessOrEqual(t, read, spans*400+1000)
		})
	}
}

func TestHistoryReadsOnlyTheAttemptsOfItsJob(t *testing.T) {
	l := newLarge(t)
	const attempts = 3000
	l.exec("INSERT INTO script_daemon (id, seq, host, kinds) SELECT CONCAT('daemon', n), 1, 'here', '[]' FROM test_numbers WHERE n < 5000")
	l.exec("INSERT INTO script_delay_attempt (job_id, token, outcome, owner, ended_at) SELECT 100 + n, 1, 'error', CONCAT('daemon', n % 5000), n FROM test_numbers")
	l.exec("INSERT INTO script_delay_attempt (job_id, token, attempt, outcome, owner, ended_at) SELECT 50, n * 7919 % 100003, n, 'error', CONCAT('daemon', n % 5000), n FROM test_numbers WHERE n < ?", attempts)
	l.exec("ANALYZE TABLE script_delay_attempt, script_daemon")
	for _, c := range []struct{ job, newest, most int }{{50, 100, attempts}, {5000, 1, 1}, {1, 0, 0}} {
		read := l.reads(func() error {
			history, err := inspect.New(l.DB).History(t.Context(), uint64(c.job))
			require.Len(t, history, c.newest)
			return err
		})
		require.LessOrEqual(t, read, c.most+6*c.newest+20)
	}
}

func TestQuestionsAboutTheArchiveReadABoundedNumberOfRows(t *testing.T) {
	l := newLarge(t)
	l.exec("INSERT INTO script_delay_archive (id, exec_cmd, status, exec_time, archived_at) SELECT n + 1, CONCAT('kind', n % 20), 3, n, n FROM test_numbers")
	l.exec("ANALYZE TABLE script_delay_archive")
	const searched = 10_000
	for name, c := range map[string]struct {
		filter inspect.Filter
		most   int
	}{
		"the newest":   {inspect.Filter{Limit: 50}, 50},
		"of a kind":    {inspect.Filter{Kind: "kind7", Limit: 50}, 50},
		"and a status": {inspect.Filter{Kind: "kind7", Status: core.DelayDone, Limit: 50}, 50},
		"none found":   {inspect.Filter{Kind: "gone", Limit: 50}, 0},
		"text of many": {inspect.Filter{Kind: "kind7", Text: "gone", Limit: 50}, searched},
		"by text":      {inspect.Filter{Text: "gone", Limit: 50}, searched},
		"of a status":  {inspect.Filter{Status: core.DelayFailed, Limit: 50}, searched},
		"in some time": {inspect.Filter{Since: 1000, Until: 1010, Limit: 50}, searched},
	} {
		read := l.reads(func() error {
			_, err := inspect.New(l.DB).ListArchived(t.Context(), c.filter)
			return err
		})
		require.LessOrEqual(t, read, 6*c.most+20, name)
	}
	require.LessOrEqual(t, l.reads(func() error {
		a, found, err := inspect.New(l.DB).ShowArchived(t.Context(), 70_000)
		require.True(t, found)
		require.Equal(t, uint64(70_000), a.ID)
		return err
	}), 10)
}
