package delayqueue_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// Who pushes by plain SQL relies on keys being free when their time is over.
func TestDaemonFreesKeysWhoseTimeIsOver(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		r.handle("k", func(context.Context, *core.Task) error { return nil })
		r.start()
		taken := func() (n int) {
			require.NoError(t, r.db.QueryRow("SELECT COUNT(*) FROM delay_queue_log WHERE unique_hash IS NOT NULL").Scan(&n))
			return n
		}
		ids := r.push(
			core.DelayQueuePushParams{ExecCmd: "k", UniqueKey: "at once"},
			core.DelayQueuePushParams{ExecCmd: "k", UniqueKey: "after a second", UniqueFor: 1},
			core.DelayQueuePushParams{ExecCmd: "k", UniqueKey: "after an hour", UniqueFor: 3600},
		)
		for _, id := range ids {
			r.await(delayqueue.Done, id)
		}
		require.Eventually(t, func() bool { return taken() == 1 }, patience, 10*time.Millisecond)
		require.Equal(t, ids[2], r.push(core.DelayQueuePushParams{ExecCmd: "k", UniqueKey: "after an hour"})[0])
	})
}
