package delayqueue

import (
	"context"
	"database/sql/driver"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// choosy is a store that refuses to claim some kinds, at the times that it keeps.
type choosy struct {
	Store
	refuse func(kind string) error
	asked  map[string][]time.Time
}

func newChoosy(refuse func(kind string) error) *choosy {
	return &choosy{refuse: refuse, asked: map[string][]time.Time{}}
}

func (s *choosy) Now(context.Context) (int64, error) { return time.Now().UnixMicro(), nil }

func (s *choosy) Owned(context.Context, string) ([]Held, error) { return nil, nil }

func (s *choosy) Claimed(context.Context, Claim) ([]Row, error) { return nil, nil }

func (s *choosy) Claim(_ context.Context, _ Claim, kind string, _ time.Duration, _ int) ([]Row, bool, error) {
	s.asked[kind] = append(s.asked[kind], time.Now())
	return nil, false, s.refuse(kind)
}

// claimWith runs a claimer of the kinds "bad" and "good" for a minute. Each tenth of a
// second somebody hints at all kinds of hinted.
func claimWith(t *testing.T, store *choosy, hinted ...int) (log *observer.ObservedLogs) {
	kinds := []*kind{kindWith("bad", 1), kindWith("good", 1)}
	core, log := observer.New(zap.InfoLevel)
	e, inc := withLease(t, store, kinds...)
	e.log = zap.New(core)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		e.runClaimer(ctx, &generation{owner: inc.ID(), ctx: ctx})
	}()
	const step = 100 * time.Millisecond
	for range time.Minute / step {
		<-time.After(step)
		for _, i := range hinted {
			e.hints.ask(kinds[i])
		}
	}
	stop()
	<-ended
	return log
}

func onlyBad(kind string) error {
	if kind == "bad" {
		return errors.New("not this one")
	}
	return nil
}

func TestKindThatIsRefusedDelaysNoOtherKind(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newChoosy(onlyBad)
		log := claimWith(t, store)
		good := store.asked["good"]
		require.Greater(t, len(good), 50)
		for i := range good[1:] {
			require.LessOrEqual(t, good[i+1].Sub(good[i]), 1100*time.Millisecond, "as often as ever")
		}
		require.InDelta(t, len(good), len(store.asked["bad"]), 1, "and the refused one with it")
		require.Len(t, log.FilterMessage("service away, trying again").All(), 1)
		require.LessOrEqual(t, log.Len(), 3, "and again each half minute")
	})
}

func TestKindThatIsRefusedIsNotAskedForAtEachHint(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := newChoosy(onlyBad)
		log := claimWith(t, store, 0, 1)
		require.Greater(t, len(store.asked["good"]), 500, "its hints are followed")
		require.Less(t, len(store.asked["bad"]), 70, "once in a scan")
		require.Len(t, log.FilterMessage("service away, trying again").All(), 1)
	})
}

func TestPauseBecomesLongerWhereAllKindsAreRefusedOrTheDatabaseIsAway(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		most int // one pause of a second for each of the two kinds, or for the first alone, would be more
	}{
		"all refused": {errors.New("no"), 110},
		"away":        {driver.ErrBadConn, 56},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := newChoosy(func(string) error { return tt.err })
				log := claimWith(t, store)
				require.Less(t, len(store.asked["bad"])+len(store.asked["good"]), tt.most, "pauses of one to two seconds in the end")
				require.Len(t, log.FilterMessage("service away, trying again").All(), 1)
				if errors.Is(tt.err, driver.ErrBadConn) {
					require.NotContains(t, store.asked["good"], store.asked["bad"][0], "the others would fare no better")
				}
			})
		})
	}
}
