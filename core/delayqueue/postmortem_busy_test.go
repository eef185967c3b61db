package delayqueue_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
)

// explaining is a store that counts.
type explaining struct {
	delayqueue.Store
	looks, statements, explained *atomic.Int32 // explained: jobs
}

func (s explaining) Deaths(ctx context.Context, host string, except []string, limit int) ([]delayqueue.Death, error) {
	deaths, err := s.Store.Deaths(ctx, host, except, limit)
	s.looks.Add(1)
	return deaths, err
}

func (s explaining) Explain(ctx context.Context, owner string, jobs []uint64, text string) error {
	err := s.Store.Explain(ctx, owner, jobs, text)
	if err == nil {
		s.statements.Add(1)
		s.explained.Add(int32(len(jobs)))
	}
	return err
}

// counting lets the rig's store count.
func (r *rig) counting() explaining {
	s := explaining{looks: &atomic.Int32{}, statements: &atomic.Int32{}, explained: &atomic.Int32{}}
	r.wrap = func(store delayqueue.Store) delayqueue.Store {
		counting := s
		counting.Store = store
		return counting
	}
	return s
}

// A busy daemon has claimed far more than it can start, and which of these killed it
// nobody knows but its log, whose lines are soon gone: there is no second look here.
func TestDeathsOfABusyDaemonAreExplainedInOneLook(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		const claimed = 1 << 14
		r.dead("d1", 42)
		r.died(1, "d1", 0)
		for n := 1; n < claimed; n *= 2 {
			r.exec("INSERT INTO script_delay_attempt (job_id, token, attempt, outcome, owner, ended_at) SELECT job_id + ?, token, attempt, outcome, owner, ended_at FROM script_delay_attempt", n)
		}
		var read atomic.Int32
		counts := r.counting()
		r.cfg.Host, r.cfg.RemainsEvery = "here", time.Hour
		r.cfg.Remains = func(deaths []delayqueue.Death) (map[delayqueue.Held]string, error) {
			texts := map[delayqueue.Held]string{}
			for _, d := range deaths {
				texts[d.Held] = "killed"
				if d.ID == claimed {
					texts[d.Held] = "about to die\nkilled"
				}
			}
			if len(deaths) > 0 {
				read.Add(1)
			}
			return texts, nil
		}
		r.start()
		require.Eventually(t, func() bool { return counts.explained.Load() >= claimed }, patience, 10*time.Millisecond)
		require.NoError(t, r.shutDown())
		require.Zero(t, r.open("owner = 'd1'"))
		require.Equal(t, "about to die\nkilled", r.history(claimed)[0].Log)
		require.Equal(t, "killed", r.history(1)[0].Log)
		require.EqualValues(t, 2, read.Load(), "the logs are not read for each of them")
		require.LessOrEqual(t, counts.statements.Load(), int32(claimed/delayqueue.RowsPerExplain+4))
	})
}
