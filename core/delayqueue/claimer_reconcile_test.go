package delayqueue

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// endingStore lists jobs of which one ends just after it was listed.
type endingStore struct {
	Store
	owned []Held
	ends  func()
}

func (s *endingStore) Owned(context.Context, string) ([]Held, error) {
	rows := slices.Clone(s.owned)
	s.ends()
	s.owned = s.owned[1:]
	return rows, nil
}

func (s *endingStore) Release(_ context.Context, _ string, rows []Held) (released int, err error) {
	for _, row := range rows {
		if slices.Contains(s.owned, row) {
			released++
		}
	}
	return released, nil
}

// A log that told of a claim that was committed late wherever a job ends at the wrong
// moment would send somebody to look for a fault of the database.
func TestJobThatEndsWhileItIsLookedForIsNoStranger(t *testing.T) {
	ended, late := Held{ID: 1, Token: 7}, Held{ID: 2, Token: 8}
	for name, c := range map[string]struct {
		owned []Held
		told  []any
	}{
		"alone":                                  {[]Held{ended}, nil},
		"beside a claim that was committed late": {[]Held{ended, late}, []any{int64(1)}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, store := kindWith("k", 1), &endingStore{owned: c.owned}
				e, inc := withLease(t, store, k)
				seen, logs := observer.New(zapcore.WarnLevel)
				e.log = zap.New(seen)
				gen := &generation{owner: inc.ID(), ctx: context.Background()}
				jobs := newJobs([]Row{{ID: ended.ID, Token: ended.Token}}, k, gen)
				require.True(t, e.hand.add(k, jobs, found{}))
				store.ends = func() { e.hand.forget(jobs...) }
				claimer := &claimer{Engine: e, gen: gen, pulse: e.keeper.Watch("delay claimer")}
				defer claimer.pulse.Close()
				claimer.reconcile(t.Context())
				var told []any
				for _, line := range logs.All() {
					told = append(told, line.ContextMap()["jobs"])
				}
				require.Equal(t, c.told, told)
			})
		})
	}
}
