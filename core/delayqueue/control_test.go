package delayqueue_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// found is the job that has the unique key, which somebody must have.
func (r *rig) found(kind, key string) uint64 {
	r.t.Helper()
	id, taken, err := r.engine.Queue().Find(r.t.Context(), kind, key)
	require.NoError(r.t, err)
	require.True(r.t, taken)
	return id
}

// nobodyHas makes sure that the unique key is free.
func (r *rig) nobodyHas(kind, key string) {
	r.t.Helper()
	id, taken, err := r.engine.Queue().Find(r.t.Context(), kind, key)
	require.NoError(r.t, err)
	require.False(r.t, taken)
	require.Zero(r.t, id)
}

func (r *rig) expedite(id uint64) delayqueue.Answer {
	r.t.Helper()
	answer, err := r.engine.Queue().Expedite(r.t.Context(), id)
	require.NoError(r.t, err)
	return answer
}

// later is a job that nobody would wait for in a test.
func later(key string) core.DelayQueuePushParams {
	return core.DelayQueuePushParams{ExecCmd: "k", UniqueKey: key, DelayTime: 5 * 3600}
}

func TestJobIsFoundByItsKeyAndMadeDueNow(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.handle("k", func(context.Context, *core.Task) error { return nil })
		r.start()
		ids := r.push(later("order 1"), later("order 2"))
		due := r.row(ids[1]).execTime
		require.Equal(t, ids[0], r.found("k", "order 1"))
		require.Equal(t, ids[1], r.found("k", "order 2"))
		r.nobodyHas("k", "order 3")
		r.nobodyHas("other", "order 1")

		require.Equal(t, delayqueue.Changed, r.expedite(ids[0]))
		r.await(delayqueue.Done, ids[0])
		require.Equal(t, core.DelayDone, r.job(ids[0]).Status)
		r.nobodyHas("k", "order 1")
		require.Equal(t, delayqueue.Ended, r.expedite(ids[0]))
		require.Equal(t, delayqueue.NotFound, r.expedite(4711))
		require.Equal(t, core.DelayWaiting, r.job(ids[1]).Status, "nobody has asked for it")
		require.Equal(t, due, r.row(ids[1]).execTime)
	})
}

// A daemon may have claimed it long before it is due, and knows it by its old time.
func TestClaimedJobIsFoundByItsKeyAndMadeDueNow(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.cfg.LookAhead = 10 * time.Hour
		r.handle("k", func(context.Context, *core.Task) error { return nil })
		r.start()
		ids := r.push(later("order 1"), later("order 2"))
		for _, id := range ids {
			r.eventually("claimed", func() bool { return r.job(id).Status == core.DelayRunning })
		}
		require.Equal(t, ids[0], r.found("k", "order 1"))

		require.Equal(t, delayqueue.Requested, r.expedite(ids[0]))
		r.await(delayqueue.Done, ids[0])
		require.Equal(t, 1, r.job(ids[0]).Attempts)
		r.nobodyHas("k", "order 1")
		r.noRequests()
		require.Equal(t, ids[1], r.found("k", "order 2"))
		require.Equal(t, core.DelayRunning, r.job(ids[1]).Status, "nobody has asked for it")
	})
}

// Who has cancelled it is no other for a job that a daemon had claimed by then.
func TestClaimedJobThatIsCancelledTellsByWhom(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.cfg.LookAhead = 10 * time.Hour
		r.handle("k", func(context.Context, *core.Task) error { return nil })
		r.start()
		id := r.push(later("order 1"))[0]
		r.eventually("claimed", func() bool { return r.job(id).Status == core.DelayRunning })
		answer, err := r.engine.Queue().Cancel(t.Context(), id)
		require.NoError(t, err)
		require.Equal(t, delayqueue.Requested, answer)
		r.await(delayqueue.Cancelled, id)
		require.Equal(t, "cancelled by the program", r.job(id).Result)
		r.nobodyHas("k", "order 1")
	})
}
