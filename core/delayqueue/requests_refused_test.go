package delayqueue_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
)

func TestJobIsNotMovedToATimeThatNoneCanHave(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		_, free := r.occupied()
		defer free()
		id := r.claimed()
		for _, at := range []time.Time{time.Date(2106, 2, 7, 6, 28, 16, 0, time.UTC), time.Date(300_000_000, 1, 1, 0, 0, 0, 0, time.UTC)} {
			answer, err := r.engine.Queue().Reschedule(t.Context(), id, at)
			require.ErrorIs(t, err, core.ErrInvalidPush)
			require.Equal(t, delayqueue.NotFound, answer)
		}
		requests, err := sqlstore.New(r.db).Requests(t.Context(), 0, 10)
		require.NoError(t, err)
		require.Empty(t, requests)
		last := time.Date(2106, 2, 7, 6, 28, 15, 999e6, time.UTC)
		answer, err := r.engine.Queue().Reschedule(t.Context(), id, last)
		require.NoError(t, err)
		require.Equal(t, delayqueue.Requested, answer)
		r.eventually("moved", func() bool { return r.job(id).Due == last.UnixMilli() })
	})
}

// Another version, or a person with an SQL client, has asked for it.
func TestRequestForATimeThatNoJobCanHaveIsForgotten(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		occupant, free := r.occupied()
		first, second := r.claimed(), r.claimed()
		_, err := r.db.ExecContext(t.Context(), "INSERT INTO script_delay_request (job_id, action, due, created_at) VALUES (?, 2, 4294967296000, 1), (?, 1, 0, 1)", first, second)
		require.NoError(t, err)
		r.await(delayqueue.Cancelled, second)
		r.noRequests()
		free()
		r.await(delayqueue.Done, occupant)
		r.await(delayqueue.Done, first)
	})
}

// unwilling is a store that refuses one request, as a trigger of the table may do.
type unwilling struct {
	delayqueue.Store
	job     *atomic.Uint64
	refused *atomic.Int64
}

func (s unwilling) Grant(ctx context.Context, r delayqueue.Request) (bool, error) {
	if r.ID == s.job.Load() {
		s.refused.Add(1)
		return false, errors.New("not this one")
	}
	return s.Store.Grant(ctx, r)
}

func TestRequestThatIsRefusedLeavesTheJobAndTheOtherRequests(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		store := unwilling{job: new(atomic.Uint64), refused: new(atomic.Int64)}
		r.wrap = func(s delayqueue.Store) delayqueue.Store { return unwilling{s, store.job, store.refused} }
		occupant, free := r.occupied()
		first, second := r.claimed(), r.claimed()
		store.job.Store(first)
		answers, err := sqlstore.New(r.db).Cancel(t.Context(), []uint64{first, second}, "by a test")
		require.NoError(t, err)
		require.Equal(t, map[uint64]delayqueue.Answer{first: delayqueue.Requested, second: delayqueue.Requested}, answers)
		r.await(delayqueue.Released, first)
		r.await(delayqueue.Cancelled, second)
		free()
		r.await(delayqueue.Done, occupant)
		r.await(delayqueue.Done, first)
		require.Positive(t, store.refused.Load())
		r.noRequests()
	})
}
