package delayqueue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
)

// Two daemons died, one of them on this machine. What is left of its job is kept
// once, and shown with the job's history.
func TestDeathsOnThisMachineAreExplained(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		exec := func(query string) {
			_, err := r.db.ExecContext(t.Context(), query)
			require.NoError(t, err)
		}
		exec("INSERT INTO script_daemon (id, dead, host, pid, kinds, started_at, ended_at) VALUES ('d1', 1, 'here', 42, '[]', 1795305600123, 4000000000000), ('d2', 1, 'elsewhere', 43, '[]', 1, 4000000000000)")
		exec("INSERT INTO script_delay_attempt (job_id, token, attempt, outcome, owner) VALUES (7, 1, 1, 'died', 'd1'), (7, 2, 2, 'died', 'd2'), (8, 3, 1, 'error', 'd1')")
		asked := make(chan []delayqueue.Death, 100)
		r.cfg.Host, r.cfg.RemainsEvery = "here", 10*time.Millisecond
		r.cfg.Remains = func(deaths []delayqueue.Death) (map[delayqueue.Held]string, error) {
			asked <- deaths
			return map[delayqueue.Held]string{{ID: 7, Token: 1}: "about to divide"}, nil
		}
		r.start()
		require.Equal(t, []delayqueue.Death{{Held: delayqueue.Held{ID: 7, Token: 1}, Owner: "d1", PID: 42, Began: 1795305600123}}, <-asked)
		history := func() []inspect.Attempt {
			attempts, err := inspect.New(r.db).History(t.Context(), 7)
			require.NoError(t, err)
			return attempts
		}
		require.Eventually(t, func() bool { return history()[0].Log == "about to divide" }, patience, 10*time.Millisecond)
		require.Empty(t, history()[1].Log)
		require.NoError(t, r.shutDown())
		require.Empty(t, asked, "what is explained is not asked about again")
	})
}
