package delayqueue_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func TestHandlerSaysWhenToTryAgain(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("limited", func(context.Context, *core.Task) error {
			return core.RetryAfter(errors.New("429 too many requests"), time.Hour)
		}, core.Backoff(core.FixedBackoff(time.Millisecond)))
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "limited"})[0]
		retried := r.await(delayqueue.Retried, id)
		require.Equal(r.t, "429 too many requests", retried.Reason)
		require.GreaterOrEqual(r.t, retried.Next.Sub(retried.Due), time.Hour)
		got := r.row(id)
		require.Equal(r.t, core.DelayWaiting, got.status)
		require.Equal(r.t, retried.Next.UnixMilli(), got.execTime*1000+int64(got.execMs))
	})
}

func TestJobThatIsTooLateIsSkipped(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		ran := make(chan string, 10)
		r.handle("remind", func(_ context.Context, task *core.Task) error { ran <- task.ID; return nil }, core.MaxLate(time.Minute))
		r.start()
		past := int(time.Now().Unix()) - 300
		ids := r.push(
			core.DelayQueuePushParams{ExecCmd: "remind", ExecTime: past},
			core.DelayQueuePushParams{ExecCmd: "remind", ExecTime: past, MaxLateMs: 24 * time.Hour.Milliseconds()},
			core.DelayQueuePushParams{ExecCmd: "remind", MaxLateMs: time.Hour.Milliseconds()},
		)
		skipped := r.await(delayqueue.Skipped, ids[0])
		require.Contains(r.t, skipped.Reason, "at most 1m0s are allowed")
		got := r.row(ids[0])
		require.Equal(r.t, core.DelaySkipped, got.status)
		require.Equal(r.t, skipped.Reason, got.result)
		require.Zero(r.t, got.attempts)
		require.Zero(r.t, got.start, "it was not started")
		r.await(delayqueue.Done, ids[1])
		r.await(delayqueue.Done, ids[2])
		require.Len(r.t, ran, 2)
	})
}

func TestTimeoutOfAJobComesBeforeThatOfItsKind(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("slow", func(ctx context.Context, _ *core.Task) error {
			<-ctx.Done()
			return context.Cause(ctx)
		}, core.Timeout(time.Hour), core.MaxAttempts(1))
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "slow", TimeoutMs: 20})[0]
		r.await(delayqueue.Failed, id)
		require.Contains(r.t, r.row(id).result, core.ErrTimeout.Error())
	})
}

func TestSlotsBoundTheHandlersOfAllKinds(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.cfg.Slots = 2
		seats := make(chan struct{}, r.cfg.Slots)
		handler := func(context.Context, *core.Task) error {
			select {
			case seats <- struct{}{}:
			default:
				return fmt.Errorf("more than %d at once: %w", cap(seats), core.ErrSkipRetry)
			}
			runtime.Gosched()
			<-seats
			return nil
		}
		r.handle("report", handler)
		r.handle("alarm", handler, core.Priority(10))
		r.start()
		for range 50 {
			r.push(core.DelayQueuePushParams{ExecCmd: "report"}, core.DelayQueuePushParams{ExecCmd: "alarm"})
		}
		for range 100 {
			r.await(delayqueue.Done, 0)
		}
	})
}

func TestKindWithARateComesToItsEnd(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("sms", func(context.Context, *core.Task) error { return nil }, core.Rate(500))
		r.start()
		jobs := make([]core.DelayQueuePushParams, 200)
		for i := range jobs {
			jobs[i] = core.DelayQueuePushParams{ExecCmd: "sms"}
		}
		r.push(jobs...)
		for range jobs {
			r.await(delayqueue.Done, 0)
		}
	})
}
