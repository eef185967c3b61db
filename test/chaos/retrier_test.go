//go:build unix

package chaos_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig"
	"simplest_script/test/rig/audit"
)

// retrier tries jobs again by hand that failed for good, after it has mended them, and
// jobs that were skipped, which may be skipped again; and it writes down what it was
// answered. It asks as `jobs retry` does. Like the meddler it passes through no proxy.
type retrier struct {
	world  *rig.World
	store  *sqlstore.Store
	cancel context.CancelFunc
	task   sync.WaitGroup

	// For others only once it has ended.
	requests []audit.Retry
	lives    map[uint64]int // that began by hand, of each job, as far as it was answered
}

const (
	retryEvery = 200 * time.Millisecond
	moreLives  = 3 // of one job: one that is skipped each time is left alone after them
)

func newRetrier(t *testing.T, w *rig.World) *retrier {
	ctx, cancel := context.WithCancel(context.Background())
	r := &retrier{world: w, store: sqlstore.New(w.DB), cancel: cancel, lives: map[uint64]int{}}
	r.task.Go(func() {
		for outage.Sleep(ctx, retryEvery) {
			_ = r.retry() // the database may be away, and what comes of it is written down
		}
	})
	t.Cleanup(r.end)
	return r
}

// end ends it; it may be called again.
func (r *retrier) end() {
	r.cancel()
	r.task.Wait()
}

// finish tries again what is left, once nothing is in motion.
func (r *retrier) finish(t *testing.T) {
	r.end()
	require.NoError(t, r.retry())
}

// retry asks for all jobs that need it. What has begun is brought to its end although
// the storm is over, so that nothing is still on its way to the database then.
func (r *retrier) retry() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	found, err := sqldb.Column[uint64](r.world.DB.QueryContext(ctx,
		"SELECT id FROM delay_queue_log WHERE status = ? UNION ALL SELECT id FROM delay_queue_log WHERE status = ? AND exec_cmd = ?",
		core.DelaySkipped, core.DelayFailed, rig.Broken))
	if err != nil {
		return err
	}
	var ids []uint64
	for _, id := range found {
		if r.lives[id] >= moreLives {
			continue
		}
		if err := r.world.Mend(id); err != nil {
			return err
		}
		ids = append(ids, id)
	}
	answers, err := r.store.Retry(ctx, ids)
	for _, id := range ids {
		r.requests = append(r.requests, audit.Retry{Job: id, Sure: err == nil, Answer: answers[id]})
		if err == nil && answers[id] == delayqueue.Changed {
			r.lives[id]++
		}
	}
	return err
}
