package storetest

import (
	"database/sql"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// deadHere enters daemons that died on the host "here"; their process ids are 1, 2 ...
func (w *world) deadHere(ids ...string) {
	w.Helper()
	for i, id := range ids {
		w.exec("INSERT INTO script_daemon (id, seq, dead, host, pid, kinds) VALUES (?, 1, 1, 'here', ?, '[]')", id, i+1)
	}
}

// ended enters an attempt that came to an end.
func (w *world) ended(job, token uint64, outcome, owner string, started, ended int64) {
	w.Helper()
	w.exec("INSERT INTO script_delay_attempt (job_id, token, outcome, owner, started_at, ended_at) VALUES (?, ?, ?, ?, ?, ?)", job, token, outcome, owner, started, ended)
}

// deaths returns what the store says of the host "here".
func (w *world) deaths(limit int, except ...string) []delayqueue.Death {
	w.Helper()
	deaths, err := w.Store.Deaths(w.ctx, "here", except, limit)
	require.NoError(w, err)
	return deaths
}

func jobsOf(deaths []delayqueue.Death) []uint64 {
	ids := make([]uint64, len(deaths))
	for i, d := range deaths {
		ids[i] = d.ID
	}
	return ids
}

func attemptDeathsInOrder(w *world) {
	w.deadHere(alice, bob)
	w.ended(1, 1, "died", alice, 0, 1000)
	w.ended(2, 1, "died", bob, 0, 3000)
	w.ended(3, 1, "died", alice, 400, 500)
	w.ended(4, 1, "died", alice, 0, 2000)
	w.ended(5, 1, "error", alice, 4000, 4000)
	w.ended(6, 1, "died", bob, 300, 600)
	require.Equal(w, []uint64{3, 6, 2, 4, 1}, jobsOf(w.deaths(10)))
	require.Equal(w, []delayqueue.Death{
		{Held: delayqueue.Held{ID: 3, Token: 1}, Owner: alice, PID: 1, Old: true},
		{Held: delayqueue.Held{ID: 6, Token: 1}, Owner: bob, PID: 2, Old: true},
	}, w.deaths(2))
}

func attemptDeathsOfOthers(w *world) {
	w.deadHere(alice, bob, "carol")
	w.daemon("living")
	w.exec("UPDATE script_daemon SET host = 'here' WHERE id = 'living'")
	w.exec("UPDATE script_daemon SET host = 'elsewhere' WHERE id = 'carol'")
	for i, owner := range []string{alice, bob, "carol", "living", "forgotten"} {
		w.ended(uint64(i)+1, 1, "died", owner, 0, 1000)
	}
	require.ElementsMatch(w, []uint64{1, 2}, jobsOf(w.deaths(10)))
	require.Equal(w, []uint64{2}, jobsOf(w.deaths(10, alice)))
	require.Empty(w, w.deaths(10, alice, "living", bob))
}

func attemptDeathsOld(w *world) {
	w.deadHere(alice)
	now, open := w.millis(), delayqueue.RemainsOpen
	ended := []time.Duration{-time.Hour, 0, open - 10*time.Minute, open + time.Minute, 100 * open} // ago
	for i, ago := range ended {
		w.ended(uint64(i)+1, 1, "died", alice, 0, now-ago.Milliseconds())
	}
	old := map[uint64]bool{}
	for _, d := range w.deaths(10) {
		old[d.ID] = d.Old
	}
	require.Equal(w, map[uint64]bool{1: false, 2: false, 3: false, 4: true, 5: true}, old)
}

func attemptExplained(w *world) {
	w.deadHere(alice, bob)
	w.ended(1, 1, "died", alice, 0, 1000)
	w.ended(1, 2, "died", bob, 0, 2000)
	w.ended(2, 1, "died", alice, 0, 1000)
	w.ended(3, 1, "died", alice, 0, 1000)
	w.ended(3, 2, "error", alice, 0, 1000)
	w.ended(4, 1, "died", alice, 0, 1000)
	explain := func(owner, text string, jobs ...uint64) {
		before := slices.Clone(jobs)
		require.NoError(w, w.Store.Explain(w.ctx, owner, jobs, text))
		require.Equal(w, before, jobs)
	}
	explain(alice, "first", 2, 1)
	explain(alice, "")
	explain(alice, "", 3)
	explain(alice, "second", 3, 2, 1)
	logs, err := sqldb.Collect(func(rows *sql.Rows) (log sql.NullString, err error) {
		err = rows.Scan(&log)
		return log, err
	})(w.DB.QueryContext(w.ctx, "SELECT log FROM script_delay_attempt ORDER BY job_id, token"))
	require.NoError(w, err)
	said := func(text string) sql.NullString { return sql.NullString{String: text, Valid: true} }
	require.Equal(w, []sql.NullString{said("first"), {}, said("first"), said(""), {}, {}}, logs)
	require.ElementsMatch(w, []uint64{1, 4}, jobsOf(w.deaths(10)))
}
