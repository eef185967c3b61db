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
	owned    []Held
	ends     func()
	released []Held
}

func (s *endingStore) Owned(context.Context, string) ([]Held, error) {
	rows := slices.Clone(s.owned)
	if s.ends != nil {
		s.ends()
		s.owned, s.ends = s.owned[1:], nil
	}
	return rows, nil
}

func (s *endingStore) Release(_ context.Context, _ string, rows []Held) error {
	s.released = append(s.released, rows...)
	return nil
}

// A log that told of a claim that was committed late wherever a job ends at the wrong
// moment would send somebody to look for a fault of the database.
func TestJobThatEndsWhileItIsLookedForIsNoStranger(t *testing.T) {
	ended, late := Held{ID: 1, Token: 7}, Held{ID: 2, Token: 8}
	for name, rows := range map[string][]Held{"alone": {ended}, "beside a claim that was committed late": {ended, late}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				k, store := kindWith("k", 1), &endingStore{owned: rows}
				e, inc := withLease(t, store, k)
				seen, logs := observer.New(zapcore.WarnLevel)
				e.log = zap.New(seen)
				gen := &generation{owner: inc.ID(), ctx: context.Background()}
				jobs := newJobs([]Row{{ID: ended.ID, Token: ended.Token}}, k, gen)
				require.True(t, e.hand.add(k, jobs, found{}))
				store.ends = func() { e.hand.forget(jobs...) }
				c := &claimer{Engine: e, gen: gen, pulse: e.keeper.Watch("delay claimer")}
				defer c.pulse.Close()
				c.reconcile(t.Context())
				require.Equal(t, rows[1:], append([]Held{}, store.released...))
				require.Equal(t, len(rows)-1, logs.Len())
			})
		})
	}
}
