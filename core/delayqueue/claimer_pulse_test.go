package delayqueue

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/lease"
	"simplest_script/core/tool/outage"
)

// slowStore answers all that a claimer asks just before its time is over.
type slowStore struct {
	Store
	takes    time.Duration
	claims   atomic.Int32
	released atomic.Int32
}

func (s *slowStore) slowly(ctx context.Context) error {
	outage.Sleep(ctx, s.takes)
	return ctx.Err()
}

func (s *slowStore) Now(ctx context.Context) (int64, error) {
	return time.Now().UnixMicro(), s.slowly(ctx)
}

func (s *slowStore) Claim(ctx context.Context, _ Claim, _ string, _ time.Duration, _ int) ([]Row, bool, error) {
	s.claims.Add(1)
	return nil, false, s.slowly(ctx)
}

func (s *slowStore) Claimed(ctx context.Context, _ Claim) ([]Row, error) { return nil, s.slowly(ctx) }

func (s *slowStore) Owned(ctx context.Context, _ string) ([]Held, error) { return nil, s.slowly(ctx) }

func (s *slowStore) Release(ctx context.Context, _ string, rows []Held) (int, error) {
	s.released.Add(int32(len(rows)))
	return len(rows), s.slowly(ctx)
}

// quickLease is the table of the daemons where this one is alone and nothing is slow.
type quickLease struct{}

func (quickLease) Begin(context.Context, string, lease.Identity) error { return nil }
func (quickLease) Beat(context.Context, string) (bool, error)          { return true, nil }
func (quickLease) Living(context.Context) ([]lease.Daemon, error)      { return nil, nil }
func (quickLease) End(context.Context, string) error                   { return nil }
func (quickLease) Condemn(context.Context, string, uint64, string) (bool, error) {
	return false, nil
}
func (quickLease) Forget(context.Context, time.Duration) (int64, error) { return 0, nil }

// withLease returns an engine, of which nothing runs, and its lease.
func withLease(t *testing.T, store Store, kinds ...*kind) (*Engine, *lease.Incarnation) {
	local := bubbleClock{time.Now()}
	keeper := lease.New(lease.Config{}, func(context.Context) (lease.Store, error) { return quickLease{}, nil }, lease.Identity{}, local, zap.NewNop())
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- keeper.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	e := &Engine{cfg: Config{}.withDefaults(), store: store, keeper: keeper, log: zap.NewNop(), local: local, order: kinds, clock: &dbClock{local: local, often: local}, hints: newHints()}
	e.observe = func(Event) {}
	e.hand = newHand(func(*job) time.Duration { return 0 }, e.hints.ask, 0, kinds)
	inc, err := keeper.Current(ctx)
	require.NoError(t, err)
	return e, inc
}

// claimFor runs the claimer until the test ends.
func (e *Engine) claimFor(t *testing.T, g *generation) {
	beside(t, func(ctx context.Context) { e.runClaimer(ctx, g) })
}

// The handlers of some kinds have become slow, and so has the database: giving back
// what other daemons can do sooner takes time for each kind.
func TestSlowDatabaseCostsNoLeaseWhileJobsAreGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const jobs = 100
		var kinds []*kind
		for i := range 6 {
			k := kindWith(fmt.Sprint("k", i), 1)
			k.paused = true // so that none is started: only what waits is looked at
			kinds = append(kinds, k)
		}
		store := &slowStore{takes: 3900 * time.Millisecond}
		e, inc := withLease(t, store, kinds...)
		g := &generation{owner: inc.ID()}
		for n, k := range kinds {
			for i := range jobs {
				k.ready = append(k.ready, &job{Row: Row{ID: uint64(n*jobs + i), Token: 1}, kind: k, gen: g})
			}
			k.inHand, k.busy, k.runs = jobs, fewRuns*time.Minute, fewRuns
		}
		e.claimFor(t, g)
		after(2 * time.Minute)
		require.EqualValues(t, len(kinds)*(jobs-leastHand), store.released.Load())
		require.NoError(t, inc.Context().Err(), "the daemon turns, it is only the database that is slow")
	})
}

// One statement after the other takes nearly all of its time.
func TestSlowDatabaseCostsNoLeaseWhileJobsAreClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowStore{takes: 3900 * time.Millisecond}
		e, inc := withLease(t, store, kindWith("a", 1), kindWith("b", 1), kindWith("c", 1))
		e.claimFor(t, &generation{owner: inc.ID()})
		after(10 * time.Minute)
		require.Greater(t, store.claims.Load(), int32(50))
		require.NoError(t, inc.Context().Err())
	})
}
