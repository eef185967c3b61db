package delayqueue_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
)

func TestJobRunsWhenItIsDueAndNeverBefore(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		var early atomic.Int64
		r.handle("order_close", func(ctx context.Context, task *core.Task) error {
			var now int64
			if err := r.db.QueryRowContext(ctx, "SELECT "+r.db.Dialect.NowMillis()).Scan(&now); err != nil {
				return err
			}
			if now < task.DueAt.UnixMilli() {
				early.Add(1)
			}
			return task.SetResult(map[string]string{"closed": string(task.Payload)})
		})
		r.start()
		var jobs []core.DelayQueuePushParams
		for i := range 50 {
			jobs = append(jobs, core.DelayQueuePushParams{Name: "close", ExecCmd: "order_close", Params: "A1", DelayMs: int64(i * 7)})
		}
		for _, id := range r.push(jobs...) {
			r.await(delayqueue.Done, id)
			got := r.row(id)
			require.Equal(r.t, core.DelayDone, got.status)
			require.JSONEq(r.t, `{"closed":"A1"}`, got.result)
			require.Equal(r.t, 1, got.attempts)
			require.GreaterOrEqual(r.t, got.start, got.execTime*1000+int64(got.execMs))
			require.Zero(r.t, got.dueAt, "it was never moved")
		}
		require.Zero(r.t, early.Load())
	})
}

func TestPlainInsertIsAPush(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("order_close", func(_ context.Context, task *core.Task) error { return task.SetResult(string(task.Payload)) })
		r.start()
		_, err := r.db.ExecContext(r.t.Context(), "INSERT INTO delay_queue_log (name, exec_cmd, params, exec_time) VALUES ('订单', 'order_close', 'x', ?)", time.Now().Unix())
		require.NoError(r.t, err)
		done := r.await(delayqueue.Done, 0)
		require.Equal(r.t, "订单", done.Name)
		require.Equal(r.t, `"x"`, r.row(done.ID).result)
	})
}

// The original had no retry: an error was the end of a job.
func TestFailedJobIsTriedAgainAndKeepsItsFirstDueTime(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		var ids []string
		r.handle("flaky", func(_ context.Context, task *core.Task) error {
			ids = append(ids, task.ID)
			if task.Attempt < 3 {
				return fmt.Errorf("attempt %d of %d", task.Attempt, task.MaxAttempts)
			}
			return nil
		}, core.Concurrency(1), core.Backoff(func(int) time.Duration { return 20 * time.Millisecond }))
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "flaky", MaxAttempts: 4})[0]
		first := r.await(delayqueue.Retried, id)
		require.Equal(r.t, "attempt 1 of 4", first.Reason)
		r.await(delayqueue.Done, id)
		got := r.row(id)
		require.Equal(r.t, 3, got.attempts)
		require.Equal(r.t, first.Due.UnixMilli(), got.dueAt)
		require.Greater(r.t, got.execTime*1000+int64(got.execMs), got.dueAt)
		require.Equal(r.t, []string{ids[0], ids[0], ids[0]}, ids, "the id is the same each time")
	})
}

func TestJobFailsForGood(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		quick := core.Backoff(func(int) time.Duration { return time.Millisecond })
		r.handle("hopeless", func(context.Context, *core.Task) error { return errors.New("still busy") }, core.MaxAttempts(2), quick)
		r.handle("pointless", func(context.Context, *core.Task) error {
			return fmt.Errorf("no such order: %w", core.ErrSkipRetry)
		})
		// The original had no recover: a panic ended the daemon.
		r.handle("panics", func(context.Context, *core.Task) error { panic("index out of range") }, core.MaxAttempts(1))
		r.start()
		ids := r.push(core.DelayQueuePushParams{ExecCmd: "hopeless"}, core.DelayQueuePushParams{ExecCmd: "pointless"}, core.DelayQueuePushParams{ExecCmd: "panics"})
		for range ids {
			r.await(delayqueue.Failed, 0)
		}
		for i, want := range []string{"still busy", "no such order: not to be retried", "panic: index out of range"} {
			got := r.row(ids[i])
			require.Equal(r.t, core.DelayFailed, got.status)
			require.Equal(r.t, want, got.result)
		}
		require.Equal(r.t, 2, r.row(ids[0]).attempts)
		require.Equal(r.t, 1, r.row(ids[1]).attempts)
	})
}

func TestTimeoutIsAFailedAttempt(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("slow", func(ctx context.Context, _ *core.Task) error { <-ctx.Done(); return ctx.Err() },
			core.Timeout(20*time.Millisecond), core.MaxAttempts(1))
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "slow"})[0]
		r.await(delayqueue.Failed, id)
		require.Contains(r.t, r.row(id).result, "handler timeout after 20ms")
	})
}

// In the original an unknown command crashed the program.
func TestKindThatNobodyKnowsFailsWithAReason(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("known", func(context.Context, *core.Task) error { return nil })
		r.startAs([]string{"known", "comes_with_the_next_release"})
		r.t.Cleanup(func() { r.cutOff(); _ = r.shutDown() })
		ids := r.push(core.DelayQueuePushParams{ExecCmd: "unkown"}, core.DelayQueuePushParams{ExecCmd: "comes_with_the_next_release"}, core.DelayQueuePushParams{ExecCmd: "unkown", DelayTime: 3600})
		require.Eventually(r.t, func() bool { return r.row(ids[0]).status == core.DelayFailed }, patience, 10*time.Millisecond)
		require.Contains(r.t, r.row(ids[0]).result, `no running daemon has a handler named "unkown"`)
		require.Equal(r.t, core.DelayWaiting, r.row(ids[1]).status, "another daemon has announced it")
		require.Equal(r.t, core.DelayWaiting, r.row(ids[2]).status, "it is not due yet")
	})
}

func TestResultTooLongIsCutAndKeptWhole(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		long := strings.Repeat("结果🙂", 400)
		r.handle("long", func(_ context.Context, task *core.Task) error { return task.SetResult(long) })
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "long"})[0]
		r.await(delayqueue.Done, id)
		require.Equal(r.t, 500, len([]rune(r.row(id).result)))
		var whole string
		require.NoError(r.t, r.db.QueryRowContext(r.t.Context(), "SELECT result FROM script_delay_result WHERE job_id = ?", id).Scan(&whole))
		require.Equal(r.t, `"`+long+`"`, whole)
	})
}

func TestDefaultQueue(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		_, err := delayqueue.NewDelayQueue().Push([]core.DelayQueuePushParams{{ExecCmd: "x"}})
		require.ErrorContains(r.t, err, "no delay queue in this process")

		delayqueue.SetDefault(delayqueue.New(func(context.Context) (delayqueue.Store, error) { return sqlstore.New(r.db), nil }))
		defer delayqueue.SetDefault(nil)
		// The original's Push dropped the name and every error.
		ids, err := delayqueue.NewDelayQueue().Push([]core.DelayQueuePushParams{{Name: "测试", ExecCmd: "x", Params: "{}", DelayTime: 60}})
		require.NoError(r.t, err)
		require.Len(r.t, ids, 1)
		require.Equal(r.t, 1, r.count("name = '测试' AND status = 1"))
		_, err = delayqueue.NewDelayQueue().Push([]core.DelayQueuePushParams{{}})
		require.ErrorIs(r.t, err, core.ErrInvalidPush)
		ids, err = delayqueue.NewDelayQueue().Push(nil)
		require.NoError(r.t, err)
		require.Empty(r.t, ids)
	})
}
