package delayqueue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/delayqueue/sqlstore"
)

// occupied starts a daemon whose only slot for "k" is taken until free is called;
// what is pushed and due is then claimed and waits.
func (r *rig) occupied() (id uint64, free func()) {
	r.t.Helper()
	open := make(chan struct{})
	r.handle("k", func(ctx context.Context, task *core.Task) error {
		if string(task.Payload) == "occupy" {
			select {
			case <-open:
			case <-ctx.Done():
				return context.Cause(ctx)
			}
		}
		return nil
	}, core.Concurrency(1))
	r.start()
	id = r.push(core.DelayQueuePushParams{ExecCmd: "k", Params: "occupy"})[0]
	r.await(delayqueue.Started, id)
	return id, func() { close(open) }
}

// claimed pushes a job and waits until the daemon has it in hand.
func (r *rig) claimed() uint64 {
	r.t.Helper()
	id := r.push(core.DelayQueuePushParams{ExecCmd: "k"})[0]
	r.eventually("claimed", func() bool { return r.job(id).Status == core.DelayRunning })
	return id
}

func (r *rig) job(id uint64) *inspect.Detail {
	r.t.Helper()
	d, found, err := inspect.New(r.db).Show(r.t.Context(), id)
	require.NoError(r.t, err)
	require.True(r.t, found)
	return d
}

func (r *rig) eventually(what string, f func() bool) {
	r.t.Helper()
	require.Eventually(r.t, f, patience, 20*time.Millisecond, what)
}

func (r *rig) noRequests() {
	r.t.Helper()
	r.eventually("requests are gone", func() bool {
		requests, err := sqlstore.New(r.db).Requests(r.t.Context(), 0, 10)
		require.NoError(r.t, err)
		return len(requests) == 0
	})
}

func TestClaimedJobIsCancelled(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		_, free := r.occupied()
		id := r.claimed()
		answer, err := r.engine.Queue().Cancel(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, delayqueue.Requested, answer)
		r.await(delayqueue.Cancelled, id)
		require.Equal(t, core.DelayCancelled, r.job(id).Status)
		r.noRequests()
		free()
		require.NoError(t, r.shutDown())
		require.Equal(t, core.DelayCancelled, r.job(id).Status)
	})
}

// A job that is cancelled long before its due time counts for now, not for then: what the
// daemon counts afterwards would go there as well.
func TestJobCancelledAheadOfItsDueTimeCountsForNow(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.cfg.LookAhead = 10 * time.Hour
		r.handle("k", func(context.Context, *core.Task) error { return nil })
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "k", DelayTime: 5 * 3600})[0]
		r.eventually("claimed", func() bool { return r.job(id).Status == core.DelayRunning })
		_, err := r.engine.Queue().Cancel(t.Context(), id)
		require.NoError(t, err)
		r.await(delayqueue.Cancelled, id)
		r.noRequests()
		require.NoError(t, r.shutDown(), "which writes what has not been written")
		var counted, future int
		require.NoError(t, r.db.QueryRowContext(t.Context(), "SELECT COUNT(*), COALESCE(SUM(at > "+r.db.Dialect.NowSeconds()+"), 0) FROM script_delay_stat WHERE cancelled = 1").Scan(&counted, &future))
		require.Equal(t, []int{2, 0}, []int{counted, future}, "the minute and the hour")
	})
}

func TestClaimedJobIsMoved(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		_, free := r.occupied()
		defer free()
		id := r.claimed()
		at := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		answer, err := r.engine.Queue().Reschedule(t.Context(), id, at)
		require.NoError(t, err)
		require.Equal(t, delayqueue.Requested, answer)
		r.eventually("moved", func() bool { return r.job(id).Status == core.DelayWaiting })
		require.Equal(t, at.UnixMilli(), r.job(id).Due)
		require.Zero(t, r.job(id).Attempts)
		r.noRequests()
	})
}

func TestRunningJobIsCancelledThroughItsContext(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		id, _ := r.occupied()
		_, err := r.engine.Queue().Cancel(t.Context(), id)
		require.NoError(t, err)
		r.await(delayqueue.Cancelled, id)
		require.Equal(t, core.DelayCancelled, r.job(id).Status)
		r.noRequests()
	})
}

// A handler that does its work all the same has done it.
func TestRunningJobThatEndsWellIsDoneThoughItWasCancelled(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		told := make(chan error, 1)
		r.handle("stubborn", func(ctx context.Context, _ *core.Task) error {
			<-ctx.Done()
			told <- context.Cause(ctx)
			return nil
		})
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "stubborn"})[0]
		r.await(delayqueue.Started, id)
		_, err := r.engine.Queue().Cancel(t.Context(), id)
		require.NoError(t, err)
		require.ErrorIs(t, <-told, core.ErrCancelled)
		r.await(delayqueue.Done, id)
		require.Equal(t, core.DelayDone, r.job(id).Status)
		r.noRequests()
	})
}

// It waits for its next attempt when the daemons come to what was asked.
func TestJobThatWasAskedForWhileItRanIsCancelledBetweenTwoAttempts(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		fail := make(chan struct{})
		r.handle("k", func(context.Context, *core.Task) error { <-fail; return errors.New("no") },
			core.Backoff(func(int) time.Duration { return time.Hour }))
		r.cfg.Scan = 200 * time.Millisecond
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "k"})[0]
		r.await(delayqueue.Started, id)
		close(fail)
		answer, err := sqlstore.New(r.db).Cancel(t.Context(), []uint64{id}, "by a test")
		require.NoError(t, err)
		require.NotEqual(t, delayqueue.NotFound, answer[id])
		r.eventually("cancelled", func() bool { return r.job(id).Status == core.DelayCancelled })
		r.noRequests()
	})
}

// It was asked for while it waited, and the original program took it then.
func TestRequestAboutARunningJobOfTheOriginalProgramIsGranted(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.handle("k", func(context.Context, *core.Task) error { return nil })
		receipts, err := sqlstore.New(r.db).Push(t.Context(), []core.DelayQueuePushParams{{ExecCmd: "k", DelayTime: 1000}})
		require.NoError(t, err)
		id := receipts[0].ID
		for _, query := range []string{
			"UPDATE delay_queue_log SET status = 2 WHERE id = ?",
			"INSERT INTO script_delay_request (job_id, action, created_at) VALUES (?, 1, 1)",
		} {
			_, err := r.db.ExecContext(t.Context(), query, id)
			require.NoError(t, err)
		}
		r.start()
		r.eventually("cancelled", func() bool { return r.job(id).Status == core.DelayCancelled })
		r.noRequests()
	})
}

func TestPausedKindIsNotStartedUntilItIsResumed(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		occupant, free := r.occupied()
		waiting := r.claimed()
		store := sqlstore.New(r.db)
		require.NoError(t, store.Pause(t.Context(), "k", ""))
		r.await(delayqueue.Released, waiting)
		pushed := r.push(core.DelayQueuePushParams{ExecCmd: "k"})[0]
		free()
		r.await(delayqueue.Done, occupant)
		// A claim that was under way is given back. Had one of them been started, it would be done.
		for _, id := range []uint64{waiting, pushed} {
			r.eventually("it waits", func() bool { return r.job(id).Status == core.DelayWaiting })
		}
		resumed, err := store.Resume(t.Context(), "k")
		require.NoError(t, err)
		require.True(t, resumed)
		r.await(delayqueue.Done, waiting)
		r.await(delayqueue.Done, pushed)
	})
}

func TestProgressOfARunningJobIsWritten(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		end := make(chan struct{})
		r.handle("k", func(_ context.Context, task *core.Task) error {
			task.Progress(40, "four of ten")
			<-end
			return nil
		})
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "k"})[0]
		var p inspect.Progress
		r.eventually("written", func() (said bool) {
			var err error
			p, said, err = inspect.New(r.db).Progress(t.Context(), id)
			require.NoError(t, err)
			return said
		})
		require.Equal(t, []any{40, "four of ten"}, []any{p.Percent, p.Text})
		close(end)
		r.await(delayqueue.Done, id)
	})
}
