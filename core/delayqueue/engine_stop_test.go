package delayqueue_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// The original had no shutdown at all.
func TestStopFinishesWhatRunsAndFreesWhatDoesNot(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		// Two more for each slot are in hand however long its handlers take. Of what was
		// claimed above that, before it was known, some may have been given back already.
		const slots, atLeast, jobs = 50, 2 * 50, 1050
		finish := make(chan struct{})
		r.handle("work", func(ctx context.Context, _ *core.Task) error {
			select {
			case <-finish:
				return nil
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}, core.Concurrency(slots))
		r.start()
		r.push(slices.Repeat([]core.DelayQueuePushParams{{ExecCmd: "work"}}, jobs)...)
		for range slots {
			r.await(delayqueue.Started, 0)
		}
		require.Eventually(r.t, func() bool { return r.count("status = 2") >= slots+atLeast }, patience, 10*time.Millisecond)

		r.stop()
		require.Eventually(r.t, func() bool { return r.count("status = 1 AND owner = ''") == jobs-slots }, patience, 10*time.Millisecond,
			"what was only claimed is free for others while the rest still runs")
		close(finish)
		require.NoError(r.t, r.shutDown())
		require.Equal(r.t, slots, r.count("status = 3 AND attempts = 1"))
		require.Equal(r.t, jobs-slots, r.count("status = 1 AND attempts = 0"))
	})
}

func TestHandlerThatOutlivesTheDrainIsCutOffAndRunsAgain(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		var cause atomic.Value
		r.handle("endless", func(ctx context.Context, _ *core.Task) error {
			<-ctx.Done()
			cause.Store(context.Cause(ctx))
			return ctx.Err()
		})
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "endless"})[0]
		r.await(delayqueue.Started, id)
		r.stop()
		r.cutOff()
		require.ErrorContains(r.t, r.shutDown(), "1 handlers cancelled")
		require.ErrorIs(r.t, cause.Load().(error), core.ErrDrain)
		got := r.row(id)
		require.Equal(r.t, core.DelayWaiting, got.status, "free for another daemon")
		require.Zero(r.t, got.attempts, "a drain is not an attempt")
	})
}

func TestWhoWasDeclaredDeadCannotOverwriteItsSuccessor(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		var first sync.Once
		lost, finish := make(chan error, 1), make(chan struct{})
		r.handle("work", func(ctx context.Context, task *core.Task) error {
			late := false
			first.Do(func() { late = true })
			if !late {
				return task.SetResult("successor")
			}
			<-ctx.Done()
			lost <- context.Cause(ctx)
			<-finish
			return task.SetResult("too late") // a handler that does not listen to its context
		})
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "work"})[0]
		r.await(delayqueue.Started, id)
		_, err := r.db.ExecContext(r.t.Context(), "UPDATE script_daemon SET dead = 1, why = 'declared by the test' WHERE dead = 0")
		require.NoError(r.t, err)

		require.ErrorIs(r.t, <-lost, core.ErrLeaseLost)
		r.await(delayqueue.Done, id)
		close(finish)
		r.await(delayqueue.Discarded, id)
		require.Equal(r.t, `"successor"`, r.row(id).result)
	})
}

// aheadAtFirst is a store that tells the first lease of each job that it falls due an
// hour later than it does. The first lease has them in hand then as long as it takes
// to end it, and starts none.
type aheadAtFirst struct {
	delayqueue.Store
	first string // of the claimer's goroutine alone
}

func (s *aheadAtFirst) Claim(ctx context.Context, c delayqueue.Claim, kind string, ahead time.Duration, limit int) ([]delayqueue.Row, bool, error) {
	s.first = cmp.Or(s.first, c.Owner)
	rows, more, err := s.Store.Claim(ctx, c, kind, ahead, limit)
	for i := range rows {
		if c.Owner == s.first {
			rows[i].Due += time.Hour.Milliseconds()
		}
	}
	return rows, more, err
}

func TestUnstartedJobsOfALostLeaseRunUnderTheNext(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.wrap = func(s delayqueue.Store) delayqueue.Store { return &aheadAtFirst{Store: s} }
		r.handle("work", func(context.Context, *core.Task) error { return nil })
		r.start()
		jobs := slices.Repeat([]core.DelayQueuePushParams{{ExecCmd: "work"}}, 100)
		r.push(jobs...)
		require.Eventually(r.t, func() bool { return r.count("status = 2") == len(jobs) }, patience, 5*time.Millisecond, "claimed ahead of time")
		_, err := r.db.ExecContext(r.t.Context(), "UPDATE script_daemon SET dead = 1 WHERE dead = 0")
		require.NoError(r.t, err)
		for range jobs {
			r.await(delayqueue.Done, 0)
		}
		require.Equal(r.t, len(jobs), r.count("status = 3 AND rescues > 0 AND deaths = 0 AND attempts = 1"))
	})
}
