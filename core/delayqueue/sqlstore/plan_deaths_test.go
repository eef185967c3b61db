package sqlstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
)

// A daemon that has ended stays in the table for a while, with all the errors of its
// life: each daemon of its host looks for deaths every ten seconds.
func TestErrorsOfADeadDaemonAreNotReadToFindItsDeaths(t *testing.T) {
	s := onMySQL(t)
	s.exec("INSERT INTO script_daemon (id, seq, dead, host, kinds) VALUES ('old', 1, 1, 'here', '[]')")
	s.exec("INSERT INTO script_delay_attempt (job_id, token, outcome, owner) VALUES (1, 1, 'died', 'old')")
	for token := 2; token < 2000; token *= 2 {
		s.exec("INSERT INTO script_delay_attempt (job_id, token, outcome, owner) SELECT job_id, token + ?, 'error', 'old' FROM script_delay_attempt", token)
	}
	s.exec("ANALYZE TABLE script_delay_attempt, script_daemon")
	seen := s.faults.Record("FROM script_daemon d JOIN", 1)
	deaths, err := s.store.Deaths(t.Context(), "here", []string{"another"}, 10)
	require.NoError(t, err)
	require.Len(t, deaths, 1)
	plan := s.explainAll(seen.Query, seen.Args...)
	require.Len(t, plan, 2)
	require.Equal(t, "died", plan[1]["key"], "%v", plan)
}

// A daemon that was busy leaves tens of thousands of deaths: each statement that explains
// some of them reads these alone, and locks them in the order of their key.
func TestDeathsAreExplainedByTheirKey(t *testing.T) {
	s := onMySQL(t)
	const deaths = 1 << 13
	s.exec("INSERT INTO script_delay_attempt (job_id, token, outcome, owner) VALUES (1, 1, 'died', 'old')")
	for n := 1; n < deaths; n *= 2 {
		s.exec("INSERT INTO script_delay_attempt (job_id, token, outcome, owner) SELECT job_id + ?, token, outcome, owner FROM script_delay_attempt", n)
	}
	s.exec("ANALYZE TABLE script_delay_attempt")
	jobs := make([]uint64, delayqueue.RowsPerExplain)
	for i := range jobs {
		jobs[i] = uint64(deaths - 2*i)
	}
	seen := s.faults.Record("SET log =", 1)
	s.pool.SetMaxOpenConns(1) // one session, whose reads are counted
	before, idle := s.reads(), s.reads()
	require.NoError(t, s.store.Explain(t.Context(), "old", jobs, "killed"))
	require.LessOrEqual(t, s.reads()-idle-(idle-before), 3*len(jobs)+100)
	plan := s.explain(seen.Query, seen.Args...)
	require.Equal(t, "PRIMARY", plan["key"], "%v", plan)
	require.Equal(t, "range", plan["type"], "%v", plan)
}
