package delayqueue_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
)

func (r *rig) exec(query string, args ...any) {
	r.t.Helper()
	_, err := r.db.ExecContext(r.t.Context(), query, args...)
	require.NoError(r.t, err, query)
}

// dead enters a daemon of this machine that is dead.
func (r *rig) dead(id string, pid int) {
	r.t.Helper()
	r.exec("INSERT INTO script_daemon (id, dead, host, pid, kinds, started_at, ended_at) VALUES (?, 1, 'here', ?, '[]', 1, 4000000000000)", id, pid)
}

// died enters an attempt that died with a daemon, noted so many milliseconds ago.
func (r *rig) died(job uint64, daemon string, ago int64) {
	r.t.Helper()
	r.exec("INSERT INTO script_delay_attempt (job_id, token, attempt, outcome, owner, ended_at) VALUES (?, 1, 1, 'died', ?, "+r.db.Dialect.NowMillis()+" - ?)", job, daemon, ago)
}

// open counts the attempts of which nothing is said.
func (r *rig) open(condition string) (n int) {
	r.t.Helper()
	require.NoError(r.t, r.db.QueryRowContext(r.t.Context(), "SELECT COUNT(*) FROM script_delay_attempt WHERE outcome = 'died' AND log IS NULL AND "+condition).Scan(&n))
	return n
}

func (r *rig) history(job uint64) []inspect.Attempt {
	r.t.Helper()
	attempts, err := inspect.New(r.db).History(r.t.Context(), job)
	require.NoError(r.t, err)
	return attempts
}

// Two daemons died, one of them on this machine. What is left of its job is kept
// once, and shown with the job's history.
func TestDeathsOnThisMachineAreExplained(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.dead("d1", 42)
		r.exec("INSERT INTO script_daemon (id, dead, host, pid, kinds, started_at, ended_at) VALUES ('d2', 1, 'elsewhere', 43, '[]', 1, 4000000000000)")
		r.exec("INSERT INTO script_delay_attempt (job_id, token, attempt, outcome, owner) VALUES (7, 1, 1, 'died', 'd1'), (7, 2, 2, 'died', 'd2'), (8, 3, 1, 'error', 'd1')")
		asked := make(chan []delayqueue.Death, 100)
		r.cfg.Host, r.cfg.RemainsEvery = "here", 10*time.Millisecond
		r.cfg.Remains = func(deaths []delayqueue.Death) (map[delayqueue.Held]string, error) {
			if len(deaths) > 0 {
				asked <- deaths
			}
			return map[delayqueue.Held]string{{ID: 7, Token: 1}: "about to divide"}, nil
		}
		r.start()
		require.Equal(t, []delayqueue.Death{{Held: delayqueue.Held{ID: 7, Token: 1}, Owner: "d1", PID: 42, Old: true}}, <-asked)
		require.Eventually(t, func() bool { return r.history(7)[0].Log == "about to divide" }, patience, 10*time.Millisecond)
		require.Empty(t, r.history(7)[1].Log)
		require.NoError(t, r.shutDown())
		require.Empty(t, asked, "what is explained is not asked about again")
	})
}

// A daemon of another home, on the same machine, has none of the logs.
func TestDeathsOfAnotherHomeAreLeftToIt(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.dead("d1", 42)
		r.dead("d2", 43)
		r.died(7, "d1", 0)
		r.died(8, "d2", 0)
		var asked atomic.Int32 // for the one that is not known
		counts := r.counting()
		knows := "d2"
		r.cfg.Host, r.cfg.RemainsEvery = "here", 10*time.Millisecond
		r.cfg.Remains = func(deaths []delayqueue.Death) (map[delayqueue.Held]string, error) {
			texts := map[delayqueue.Held]string{}
			for _, d := range deaths {
				switch d.Owner {
				case knows:
					texts[d.Held] = "known to the home of " + knows
				default:
					asked.Add(1)
				}
			}
			return texts, nil
		}
		r.start()
		require.Eventually(t, func() bool { return counts.looks.Load() > 3 && r.open("job_id = 8") == 0 }, patience, 10*time.Millisecond)
		require.NoError(t, r.shutDown())
		require.Equal(t, 1, r.open("job_id = 7"))
		require.EqualValues(t, 1, asked.Load(), "it does not come to know it")

		knows = "d1"
		r.start()
		require.Eventually(t, func() bool { return r.open("job_id = 7") == 0 }, patience, 10*time.Millisecond)
		require.Equal(t, "known to the home of d1", r.history(7)[0].Log)
		require.Equal(t, "known to the home of d2", r.history(8)[0].Log)
	})
}

// Its home may be gone.
func TestDeathThatNobodyKnowsIsOpenForABoundedTime(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.dead("d1", 42)
		r.died(7, "d1", (delayqueue.RemainsOpen - 10*time.Minute).Milliseconds())
		r.died(8, "d1", (delayqueue.RemainsOpen + time.Minute).Milliseconds())
		r.cfg.Host, r.cfg.RemainsEvery = "here", 10*time.Millisecond
		r.cfg.Remains = func([]delayqueue.Death) (map[delayqueue.Held]string, error) { return nil, nil }
		r.start()
		require.Eventually(t, func() bool { return r.open("job_id = 8") == 0 }, patience, 10*time.Millisecond)
		require.NoError(t, r.shutDown())
		require.Empty(t, r.history(8)[0].Log)
		require.Equal(t, 1, r.open("job_id = 7"))
	})
}

// By the id of its lease a daemon is known after its death.
func TestEachLeaseIsAnnounced(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		told := make(chan string, 100)
		full := true // the disk, at first
		r.cfg.Announce = func(daemon string) error {
			if full {
				full = false
				return errors.New("no space left on device")
			}
			told <- daemon
			return nil
		}
		living := func() (id string) {
			require.NoError(t, r.db.QueryRowContext(t.Context(), "SELECT id FROM script_daemon WHERE dead = 0").Scan(&id))
			return id
		}
		next := func() string {
			select {
			case id := <-told:
				return id
			case <-time.After(patience):
				t.Fatal("it is not told")
				return ""
			}
		}
		r.start()
		first := next()
		require.Equal(t, living(), first)
		r.exec("UPDATE script_daemon SET dead = 1 WHERE id = ?", first)
		second := next()
		require.NotEqual(t, first, second)
		require.Equal(t, living(), second)
		require.NoError(t, r.shutDown())
		require.Empty(t, told, "once for each")
	})
}
