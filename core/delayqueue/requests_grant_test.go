package delayqueue

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
)

// claimedMeanwhile is a store in which the job of each request is claimed, or
// released, between the reading of the requests and their granting.
type claimedMeanwhile struct {
	Store
	forgotten []Request
}

func (s *claimedMeanwhile) Grant(context.Context, Request) (bool, error) { return false, nil }

func (s *claimedMeanwhile) Forget(_ context.Context, r Request) error {
	s.forgotten = append(s.forgotten, r)
	return nil
}

func TestRequestThatCouldNotBeGrantedIsKept(t *testing.T) {
	k := kindWith("k", 1)
	store := &claimedMeanwhile{}
	e := &Engine{cfg: Config{}.withDefaults(), store: store, hand: newHandTest(k).hand, log: zap.NewNop()}
	a := &answerer{Engine: e, refused: map[uint64]refusal{}}
	held := Held{ID: 7, Token: 3}
	for name, status := range map[string]core.DelayStatus{"waiting": core.DelayWaiting, "claimed": core.DelayRunning} {
		t.Run(name, func(t *testing.T) {
			e.hand.add(k, []*job{{Row: Row{ID: held.ID, Token: held.Token, Due: 1}, kind: k, gen: &generation{}}}, found{})
			require.NoError(t, a.answer(t.Context(), Request{Held: held, Action: ToCancel, At: 1, Status: status}))
			require.Empty(t, store.forgotten, "somebody was told that the job would be cancelled")
		})
	}
}

// stubborn is a store that refuses what is asked of the first of two jobs.
type stubborn struct {
	Store
	tried, released, cancelled int
}

func (s *stubborn) Requests(context.Context, uint64, int) ([]Request, error) {
	return []Request{
		{Held: Held{ID: 1, Token: 1}, Action: ToCancel, At: 1, Status: core.DelayRunning, Owner: "me"},
		{Held: Held{ID: 2, Token: 1}, Action: ToCancel, At: 1, Status: core.DelayWaiting},
	}, nil
}

func (s *stubborn) Grant(_ context.Context, r Request) (bool, error) {
	if r.ID == 1 {
		s.tried++
		return false, errors.New("never")
	}
	s.cancelled++
	return true, nil
}

func (s *stubborn) Forget(context.Context, Request) error { return nil }

func (s *stubborn) Release(_ context.Context, _ string, rows []Held) (int, error) {
	s.released += len(rows)
	return len(rows), nil
}

// It would otherwise be claimed, taken out of the hand and given back all the time.
func TestJobStaysInHandWhileWhatIsAskedOfItIsRefused(t *testing.T) {
	k := kindWith("k", 1)
	store, local := &stubborn{}, &bootClock{boot: time.Hour}
	e := &Engine{cfg: Config{}.withDefaults(), store: store, local: local, hand: newHandTest(k).hand, log: zap.NewNop(), observe: func(Event) {}}
	a := &answerer{Engine: e, refused: map[uint64]refusal{}}
	const rounds = 600
	inHand := 0
	for range rounds {
		held := Held{ID: 1, Token: 1}
		if !e.hand.has(held) { // claimed again
			e.hand.add(k, []*job{{Row: Row{ID: held.ID, Token: held.Token, Due: 1 << 60}, kind: k, gen: &generation{}}}, found{})
		}
		require.NoError(t, a.answerAll(t.Context()))
		if e.hand.has(held) {
			inHand++
		}
		local.boot += time.Second
	}
	require.Equal(t, rounds, store.cancelled, "the other one is cancelled in every round")
	require.Equal(t, store.tried, store.released, "given back at once")
	require.Greater(t, inHand, rounds*9/10)
	require.Greater(t, store.tried, 10, "it is tried again")
}
