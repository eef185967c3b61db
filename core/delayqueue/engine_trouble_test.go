package delayqueue_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
)

func TestSlowKindKeepsNoOtherFromRunning(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		release := make(chan struct{})
		var running, most atomic.Int64
		r.handle("slow", func(context.Context, *core.Task) error {
			now := running.Add(1)
			defer running.Add(-1)
			for {
				seen := most.Load()
				if now <= seen || most.CompareAndSwap(seen, now) {
					break
				}
			}
			<-release
			return nil
		}, core.Concurrency(3))
		r.handle("quick", func(context.Context, *core.Task) error { return nil })
		r.start()
		slow := make([]core.DelayQueuePushParams, 1000)
		for i := range slow {
			slow[i] = core.DelayQueuePushParams{ExecCmd: "slow"}
		}
		r.push(slow...)
		r.await(delayqueue.Started, 0)
		for range 20 {
			r.await(delayqueue.Done, r.push(core.DelayQueuePushParams{ExecCmd: "quick"})[0])
		}
		// The original had no limit: everything that was due was loaded and started. What
		// was claimed before it was known how slow the kind is goes back to where other
		// daemons can take it.
		require.Eventually(r.t, func() bool { return r.count("status = 2 AND exec_cmd = 'slow'") <= 3*20+3 }, patience, 10*time.Millisecond)
		close(release)
		for range slow {
			r.await(delayqueue.Done, 0)
		}
		require.LessOrEqual(r.t, most.Load(), int64(3))
	})
}

// typedNil is the commonest mistake with errors: a nil pointer in an error that is
// not nil. Reading it panics.
type typedNil struct{ text string }

func (e *typedNil) Error() string { return e.text }

func TestErrorThatPanicsWhenItIsReadIsAFailedAttempt(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("typed_nil", func(context.Context, *core.Task) error {
			var err *typedNil
			return err
		}, core.MaxAttempts(1))
		once := func(_ context.Context, task *core.Task) error {
			if task.Attempt == 1 {
				return errors.New("once")
			}
			return nil
		}
		r.handle("bad_backoff", once, core.Backoff(func(int) time.Duration { panic("no such attempt") }))
		r.handle("goexit_backoff", once, core.Backoff(func(int) time.Duration { runtime.Goexit(); return 0 }))
		r.handle("goexit", func(context.Context, *core.Task) error { runtime.Goexit(); return nil }, core.MaxAttempts(1), core.Concurrency(1))
		r.start()
		ids := r.push(core.DelayQueuePushParams{ExecCmd: "typed_nil"}, core.DelayQueuePushParams{ExecCmd: "goexit"},
			core.DelayQueuePushParams{ExecCmd: "goexit"}, core.DelayQueuePushParams{ExecCmd: "bad_backoff"}, core.DelayQueuePushParams{ExecCmd: "goexit_backoff"})
		for _, id := range ids[:3] {
			r.await(delayqueue.Failed, id)
		}
		require.Contains(r.t, r.row(ids[0]).result, "that panics when it is read")
		require.Contains(r.t, r.row(ids[2]).result, "runtime.Goexit", "the slot was given back for the second one")
		r.await(delayqueue.Retried, ids[3])
		r.await(delayqueue.Retried, ids[4])
	})
}

func TestKindWrittenDifferentlyIsNotStuck(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("order_close", func(context.Context, *core.Task) error { return nil })
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "Order_Close"})[0]
		// The database says whether the two are the same: MySQL mostly does, SQLite does not.
		require.Eventually(r.t, func() bool { return r.row(id).status.Final() }, patience, 10*time.Millisecond)
	})
}

func TestRowThatSomebodyHoldsKeepsNoOtherFromRunning(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		if r.db.Dialect == sqldb.SQLite {
			return // it has one lock for all
		}
		r.handle("work", func(context.Context, *core.Task) error { return nil })
		jobs := slices.Repeat([]core.DelayQueuePushParams{{ExecCmd: "work"}}, 20)
		jobs[7].DelayTime = 3600
		queue := delayqueue.New(func(context.Context) (delayqueue.Store, error) { return sqlstore.New(r.db), nil })
		ids, err := queue.PushContext(r.t.Context(), jobs)
		require.NoError(r.t, err)
		tx, err := r.db.BeginTx(r.t.Context(), nil)
		require.NoError(r.t, err)
		_, err = tx.ExecContext(r.t.Context(), "SELECT 1 FROM delay_queue_log WHERE id = ? FOR UPDATE", ids[3])
		require.NoError(r.t, err)
		r.start() // not before the row is held: it would be claimed
		for range 18 {
			require.NotEqual(r.t, ids[3], r.await(delayqueue.Done, 0).ID)
		}
		require.NoError(r.t, tx.Rollback())
		r.await(delayqueue.Done, ids[3])
	})
}

func TestRefusedUpdatesAreNoBusyLoop(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		if r.db.Dialect == sqldb.SQLite {
			return // its triggers abort with an error that is tried again as a conflict
		}
		r.handle("work", func(context.Context, *core.Task) error { return nil }, core.Concurrency(1))
		r.start()
		r.refuseUpdates()
		began := time.Now()
		jobs := slices.Repeat([]core.DelayQueuePushParams{{ExecCmd: "work"}}, 100)
		r.push(jobs...)
		// Each pause between two tries is twice as long as the one before, and the first
		// takes at least 25 ms. The push may cut one short. A slow machine needs longer.
		const tries, least = 7, (1 + 2 + 4 + 8 + 16) * 25 * time.Millisecond
		require.Eventually(r.t, func() bool { return r.refusals() >= tries }, patience, 10*time.Millisecond, "it is tried again")
		require.GreaterOrEqual(r.t, time.Since(began), least, "%d updates were sent", r.refusals())
		require.Equal(r.t, len(jobs), r.count("status = 1"))
		_, err := r.db.ExecContext(r.t.Context(), "DROP TRIGGER refuse")
		require.NoError(r.t, err)
		for range jobs {
			r.await(delayqueue.Done, 0)
		}
	})
}
