package delayqueue

import (
	"context"
	"testing"

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
	held := Held{ID: 7, Token: 3}
	for name, status := range map[string]core.DelayStatus{"waiting": core.DelayWaiting, "claimed": core.DelayRunning} {
		t.Run(name, func(t *testing.T) {
			e.hand.add(k, []*job{{Row: Row{ID: held.ID, Token: held.Token, Due: 1}, kind: k, gen: &generation{}}}, found{})
			require.NoError(t, e.answer(t.Context(), Request{Held: held, Action: ToCancel, At: 1, Status: status}))
			require.Empty(t, store.forgotten, "somebody was told that the job would be cancelled")
		})
	}
}
