package delayqueue_test

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
)

// marking is a store that notes which jobs were marked as started.
type marking struct {
	delayqueue.Store
	mu     sync.Mutex
	marked []uint64
}

func (s *marking) MarkStarted(ctx context.Context, owner string, row delayqueue.Held) (bool, error) {
	s.mu.Lock()
	s.marked = append(s.marked, row.ID)
	s.mu.Unlock()
	return s.Store.MarkStarted(ctx, owner, row)
}

// past is what a job has been through when a daemon claims it, a minute after its due
// time; its kind has 3 attempts.
type past struct {
	name                                   string
	ownLimit, attempts, rescues, maxLateMs int
	usedUp                                 string // "": it has an attempt left
}

func (r *rig) insert(p past) uint64 {
	r.t.Helper()
	res, err := r.db.ExecContext(r.t.Context(), "INSERT INTO delay_queue_log (name, exec_cmd, params, exec_time, max_attempts, attempts, rescues, max_late_ms) VALUES (?, 'k', '', ?, ?, ?, ?, ?)",
		p.name, time.Now().Add(-time.Minute).Unix(), p.ownLimit, p.attempts, p.rescues, p.maxLateMs)
	require.NoError(r.t, err)
	id, err := res.LastInsertId()
	require.NoError(r.t, err)
	return uint64(id)
}

// No handler is called more often than it may be, whether the attempts before ended with
// an error or with their daemon.
func TestJobWithoutAnAttemptLeftIsFailedAndNotRun(t *testing.T) {
	pasts := []past{
		{name: "its daemon died in its only attempt", ownLimit: 1, attempts: 1, rescues: 1, usedUp: "1 of 1"},
		{name: "errors, and a death in the last attempt of its kind", attempts: 3, rescues: 2, usedUp: "3 of 3"},
		{name: "the same, and it is too late besides", attempts: 3, rescues: 2, maxLateMs: 1000, usedUp: "3 of 3"},
		{name: "the limit was lowered while it waited", attempts: 4, usedUp: "4 of 3"},
		{name: "rescued, and never started", ownLimit: 1, rescues: 1},
		{name: "rescued often, and never started", ownLimit: 1, rescues: 9},
		{name: "the last attempt is left", attempts: 2, rescues: 2},
		{name: "its own limit is a higher one", ownLimit: 6, attempts: 5, rescues: 3},
	}
	eachDatabase(t, func(r *rig) {
		t := r.t
		store, called := &marking{}, make(chan string, len(pasts))
		r.wrap = func(s delayqueue.Store) delayqueue.Store {
			store.Store = s
			return store
		}
		r.handle("k", func(_ context.Context, task *core.Task) error { called <- task.Name; return nil }, core.MaxAttempts(3))
		ids, left, mark := make([]uint64, len(pasts)), []string{}, []uint64{}
		for i, p := range pasts {
			ids[i] = r.insert(p)
			if p.usedUp == "" {
				left, mark = append(left, p.name), append(mark, ids[i])
			}
		}
		r.start()
		for i, p := range pasts {
			if p.usedUp == "" {
				require.Equal(t, p.attempts+1, r.await(delayqueue.Done, ids[i]).Attempt, p.name)
				continue
			}
			event, got := r.await(delayqueue.Failed, ids[i]), r.row(ids[i])
			reason := "its attempts are used up, " + p.usedUp
			if p.rescues > 0 {
				reason += ": a death of its daemon while it ran counts as one"
			}
			require.Equal(t, reason, got.result, p.name)
			require.Equal(t, []any{core.DelayFailed, p.attempts, int64(0)}, []any{got.status, got.attempts, got.start}, p.name)
			require.Equal(t, []any{got.result, p.attempts, time.Duration(0)}, []any{event.Reason, event.Attempt, event.Took}, p.name)
		}
		require.NoError(t, r.shutDown())
		var attempts int
		require.NoError(t, r.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM script_delay_attempt").Scan(&attempts))
		require.Zero(t, attempts, "the history has no attempt that never began")
		close(called)
		for name := range called {
			require.Contains(t, left, name)
		}
		marked := slices.Compact(slices.Sorted(slices.Values(store.marked)))
		require.Equal(t, mark, marked, "a death before the end is recorded would be blamed on a job that was not to run")
	})
}

// A death before the job had been rescued leaves no mark, and is no attempt: who may run
// once is begun twice, and not a third time, before a person has it tried again.
func TestDeathsUseUpAttemptsUntilItIsRetriedByHand(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		var mended atomic.Bool
		r.handle("k", func(ctx context.Context, _ *core.Task) error {
			if mended.Load() {
				return nil
			}
			<-ctx.Done()
			return context.Cause(ctx)
		}, core.MaxAttempts(1))
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "k"})[0]
		for range 2 {
			require.Equal(t, 1, r.await(delayqueue.Started, id).Attempt)
			_, err := r.db.ExecContext(t.Context(), "UPDATE script_daemon SET dead = 1, why = 'declared by the test' WHERE dead = 0")
			require.NoError(t, err)
		}
		require.Contains(t, r.await(delayqueue.Failed, id).Reason, "used up, 1 of 1")
		require.Equal(t, 1, r.count("status = 4 AND attempts = 1 AND deaths = 1"))
		// A daemon that has not heard of its death yet would claim the job, and have it taken away.
		require.Eventually(t, func() bool {
			var living int
			require.NoError(t, r.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM script_daemon WHERE dead = 0").Scan(&living))
			return living == 1
		}, patience, 10*time.Millisecond)

		mended.Store(true)
		answers, err := sqlstore.New(r.db).Retry(t.Context(), []uint64{id})
		require.NoError(t, err)
		require.Equal(t, delayqueue.Changed, answers[id])
		require.Equal(t, 1, r.await(delayqueue.Done, id).Attempt)
		var status, attempts, deaths, rescues int
		require.NoError(t, r.db.QueryRowContext(t.Context(), "SELECT status, attempts, deaths, rescues FROM delay_queue_log").Scan(&status, &attempts, &deaths, &rescues))
		require.Equal(t, []int{3, 1, 0, 0}, []int{status, attempts, deaths, rescues})
	})
}
