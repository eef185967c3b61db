package delayqueue_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// Between two links of a chain nobody waits for a scan.
func TestChainRunsToItsEndWithoutAScan(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.cfg.Scan = time.Hour
		ran := make(chan string, 10)
		r.handle("step", func(_ context.Context, task *core.Task) error {
			ran <- string(task.Payload)
			if n := len(task.Payload); n < 4 {
				return task.PushOnDone(core.DelayQueuePushParams{ExecCmd: "step", Params: string(task.Payload) + "+"})
			}
			return nil
		})
		r.start()
		r.push(core.DelayQueuePushParams{ExecCmd: "step", Params: "+"})
		for _, want := range []string{"+", "++", "+++", "++++"} {
			r.await(delayqueue.Done, 0)
			require.Equal(t, want, <-ran)
		}
		var done int
		require.NoError(t, r.db.QueryRow("SELECT COUNT(*) FROM delay_queue_log WHERE status = 3").Scan(&done))
		require.Equal(t, 4, done)
	})
}

// An attempt that fails leaves nothing of what it pushed, and the next begins anew.
func TestOnlyTheAttemptThatSucceedsHasSuccessors(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("parent", func(_ context.Context, task *core.Task) error {
			if err := task.PushOnDone(core.DelayQueuePushParams{ExecCmd: "child", Params: task.ID, DelayTime: 3600}); err != nil {
				return err
			}
			if task.Attempt == 1 {
				return errors.New("not yet")
			}
			return nil
		}, core.Backoff(func(int) time.Duration { return time.Millisecond }))
		r.handle("child", func(context.Context, *core.Task) error { return nil })
		r.start()
		id := r.push(core.DelayQueuePushParams{ExecCmd: "parent"})[0]
		r.await(delayqueue.Done, id)
		var children int
		require.NoError(t, r.db.QueryRow("SELECT COUNT(*) FROM delay_queue_log WHERE exec_cmd = 'child' AND status = 1").Scan(&children))
		require.Equal(t, 1, children)
	})
}
