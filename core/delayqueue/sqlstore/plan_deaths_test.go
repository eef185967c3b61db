package sqlstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"
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
	deaths, err := s.store.Deaths(t.Context(), "here", 10)
	require.NoError(t, err)
	require.Len(t, deaths, 1)
	plan := s.explainAll(seen.Query, seen.Args...)
	require.Len(t, plan, 2)
	require.Equal(t, "died", plan[1]["key"], "%v", plan)
}
