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

// slowToTell is a store that cannot say for a while which kinds are paused.
type slowToTell struct {
	delayqueue.Store
	refusals atomic.Int64 // to come
	told     atomic.Bool
	early    atomic.Int64 // claims before it was told
}

func (s *slowToTell) PausedOf(ctx context.Context, kinds []string) ([]string, error) {
	if s.refusals.Add(-1) >= 0 {
		return nil, errors.New("not yet")
	}
	pauses, err := s.Store.PausedOf(ctx, kinds)
	s.told.Store(err == nil)
	return pauses, err
}

func (s *slowToTell) Claim(ctx context.Context, c delayqueue.Claim, kind string, ahead time.Duration, limit int) ([]delayqueue.Row, bool, error) {
	if !s.told.Load() {
		s.early.Add(1)
	}
	return s.Store.Claim(ctx, c, kind, ahead, limit)
}

// A daemon that starts during a pause must not run jobs before it has heard of it.
func TestNothingIsClaimedBeforeThePausesAreKnown(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		var store slowToTell
		store.refusals.Store(3)
		r.wrap = func(s delayqueue.Store) delayqueue.Store { store.Store = s; return &store }
		nothing := func(context.Context, *core.Task) error { return nil }
		r.handle("paused", nothing)
		r.handle("other", nothing)
		require.NoError(t, sqlstore.New(r.db).Pause(t.Context(), "paused", "the provider is down"))
		queue := delayqueue.New(func(context.Context) (delayqueue.Store, error) { return sqlstore.New(r.db), nil })
		ids, err := queue.PushContext(t.Context(), []core.DelayQueuePushParams{{ExecCmd: "paused"}, {ExecCmd: "other"}})
		require.NoError(t, err)
		r.start()
		r.await(delayqueue.Done, ids[1])
		require.Zero(t, store.early.Load())
		require.Equal(t, core.DelayWaiting, r.job(ids[0]).Status)
	})
}

// What was paused while a daemon could not hear of it counts before it claims again. It
// looks at the pauses once an hour here, so that it can hear of them from its new lease only.
func TestPausesAreReadAnewUnderANewLease(t *testing.T) {
	eachDatabase(t, func(r *rig) {
		t := r.t
		r.cfg.Scan = time.Hour
		nothing := func(context.Context, *core.Task) error { return nil }
		r.handle("paused", nothing)
		r.handle("other", nothing)
		r.start()
		r.await(delayqueue.Done, r.push(core.DelayQueuePushParams{ExecCmd: "other"})[0])

		require.NoError(t, sqlstore.New(r.db).Pause(t.Context(), "paused", "the provider is down"))
		elsewhere := delayqueue.New(func(context.Context) (delayqueue.Store, error) { return sqlstore.New(r.db), nil })
		ids, err := elsewhere.PushContext(t.Context(), []core.DelayQueuePushParams{{ExecCmd: "paused"}, {ExecCmd: "other"}})
		require.NoError(t, err)
		_, err = r.db.ExecContext(t.Context(), "UPDATE script_daemon SET dead = 1 WHERE dead = 0")
		require.NoError(t, err)
		r.await(delayqueue.Done, ids[1])
		require.NoError(t, r.shutDown())
		require.Equal(t, core.DelayWaiting, r.job(ids[0]).Status)
	})
}
