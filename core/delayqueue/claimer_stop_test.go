package delayqueue

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// distantServer carries out a claim that was cut off, later than it answers what it did.
type distantServer struct{ *tableStore }

func (s distantServer) Claim(ctx context.Context, c Claim, kind string, ahead time.Duration, limit int) ([]Row, bool, error) {
	select {
	case <-time.After(statementTakes):
		return s.tableStore.Claim(ctx, c, kind, ahead, limit)
	case <-ctx.Done():
		time.AfterFunc(10*statementTakes, func() { _, _, _ = s.tableStore.Claim(ctx, c, kind, ahead, limit) })
		return nil, false, ctx.Err()
	}
}

func (s distantServer) Claimed(context.Context, Claim) ([]Row, error) { return nil, nil }

// A daemon is stopped while it claims, and its handlers go on for long.
func TestStopGivesBackWhatIsBeingClaimed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const jobs = 7
		due := time.Now().UnixMilli()
		store := distantServer{newTableStore(due, due, due, due, due, due, due)}
		e, inc := withLease(t, store, kindWith("k", 10))
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			e.runClaimer(ctx, &generation{owner: inc.ID(), ctx: context.Background()})
		}()
		<-time.After(statementTakes / 2)
		e.hand.stopStarting()
		stop()
		<-ended
		<-time.After(time.Minute)
		store.mu.Lock()
		defer store.mu.Unlock()
		require.Len(t, store.taken, jobs, "the claim was on its way")
		require.Len(t, store.waiting, jobs)
	})
}
