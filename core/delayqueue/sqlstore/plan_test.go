package sqlstore_test

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// crowded is a table of 20,000 jobs in five kinds, half of them due, besides a few
// that run, with statistics that are current.
func crowded(t *testing.T) *storeTest {
	s := onMySQL(t)
	const n = 20_000
	later := int(time.Now().Unix()) + 100_000
	jobs := make([]core.DelayQueuePushParams, n)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{ExecCmd: fmt.Sprint("kind", i%5), ExecTime: i%2*later + i}
	}
	_, err := s.store.Push(t.Context(), jobs)
	require.NoError(t, err)
	s.running("alice", 10)
	s.running("bob", 10)
	s.exec("INSERT INTO script_daemon (id, seq, kinds) VALUES ('alice', 1, '[]')")
	s.exec("ANALYZE TABLE delay_queue_log")
	return s
}

// explain returns the one row that the server explains a statement by.
func (s *storeTest) explain(query string, args ...any) map[string]string {
	s.Helper()
	all := s.explainAll(query, args...)
	require.Len(s, all, 1)
	return all[0]
}

// explainAll returns a row for each table of the statement.
func (s *storeTest) explainAll(query string, args ...any) []map[string]string {
	s.Helper()
	all, err := sqldb.Collect(func(rows *sql.Rows) (map[string]string, error) {
		columns, err := rows.Columns()
		if err != nil {
			return nil, err
		}
		values, into := make([]sql.NullString, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		err = rows.Scan(into...)
		plan := map[string]string{}
		for i, c := range columns {
			plan[strings.ToLower(c)] = values[i].String
		}
		return plan, err
	})(s.db.QueryContext(s.Context(), "EXPLAIN FORMAT=TRADITIONAL "+query, args...))
	require.NoError(s, err)
	return all
}

func TestPlans(t *testing.T) {
	s := crowded(t)
	held := func(owner string) []delayqueue.Held {
		h, err := s.store.Owned(t.Context(), owner)
		require.NoError(t, err)
		return h
	}
	claim := func() error {
		_, _, err := s.store.Claim(t.Context(), claimOf("alice"), "kind1", 0, 50)
		return err
	}
	for _, c := range []struct {
		match, key, extra string
		do                func() error
	}{
		{"ORDER BY exec_time, exec_ms", "script_claim", "Using index", claim},
		{"SET status = 2", "PRIMARY", "", claim},
		{"SELECT id, COALESCE", "PRIMARY", "", claim},
		{"late_ms =", "PRIMARY", "", func() error { return s.finish(t.Context(), held("alice")[:5]) }},
		{"SET status = 1, owner = ''", "PRIMARY", "", func() error {
			_, err := s.store.Release(t.Context(), "alice", held("alice")[:5])
			return err
		}},
		{"GROUP BY", "script_claim", "Using index for group-by", func() error {
			_, err := s.store.Unknown(t.Context(), nil)
			return err
		}},
	} {
		seen := s.faults.Record(c.match, 1)
		require.NoError(t, c.do())
		plan := s.explain(seen.Query, seen.Args...)
		require.Equal(t, c.key, plan["key"], "%s: %v", c.match, plan)
		require.Contains(t, plan["extra"], c.extra, c.match)
	}
}

// What is read depends on the rows that a call is about, not on what else the
// table holds: 2,000 jobs of each kind are due, and as many are not.
func TestRowsRead(t *testing.T) {
	s := crowded(t)
	s.pool.SetMaxOpenConns(1) // one session, whose reads are counted
	store := s.store
	for _, c := range []struct {
		name string
		rows int // that it is about
		do   func() error
	}{
		{"claim of 50", 50, func() error {
			rows, _, err := store.Claim(t.Context(), claimOf("alice"), "kind1", 0, 50)
			require.Len(t, rows, 50)
			return err
		}},
		{"kinds", 5, func() error {
			kinds, err := store.Unknown(t.Context(), nil)
			require.Len(t, kinds, 5)
			return err
		}},
		{"forecast up to 100", 100, func() error {
			_, err := store.Forecast(t.Context(), "kind2", time.Minute, 100)
			return err
		}},
		{"failing 20", 20, func() error {
			n, err := store.FailUnknown(t.Context(), "kind3", "nobody knows it", 20)
			require.Equal(t, 20, n)
			return err
		}},
		{"owned, of 70 that run", 70, func() error { _, err := store.Owned(t.Context(), "alice"); return err }},
		{"ownerless, of 70 that run", 70, func() error { _, err := store.Ownerless(t.Context(), 10); return err }},
		{"rescue, of 70 that run", 70, func() error {
			r, err := store.Rescue(t.Context(), 3, 100)
			require.Equal(t, delayqueue.Rescued{Waiting: 10}, r)
			return err
		}},
	} {
		before, idle := s.reads(), s.reads()
		require.NoError(t, c.do())
		read := s.reads() - idle - (idle - before) // what the question itself costs
		require.Positive(t, read, c.name)
		require.LessOrEqual(t, read, 8*c.rows+20, c.name) // looked for, taken, read; sorted or grouped in a temporary table
	}
}

// reads is how many rows the session has read so far.
func (s *storeTest) reads() (sum int) {
	s.Helper()
	type variable struct {
		name  string
		value int
	}
	all, err := sqldb.Collect(func(rows *sql.Rows) (v variable, err error) {
		err = rows.Scan(&v.name, &v.value)
		return v, err
	})(s.pool.QueryContext(s.Context(), "SHOW SESSION STATUS LIKE 'Handler_read%'"))
	require.NoError(s, err)
	for _, v := range all {
		sum += v.value
	}
	return sum
}
