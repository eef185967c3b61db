package delayqueue

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/lease"
)

// startedWithin lets the timer run for a time and returns how many jobs were
// started; their handlers end at once.
func (h *handTest) startedWithin(d time.Duration) (n int) {
	over := time.Now().Add(d)
	for {
		_, wait := h.fire(1)
		h.settle()
		for len(h.running) > 0 {
			h.forget(h.end(0, nothing))
			n++
		}
		if wait == 0 || time.Now().Add(wait).After(over) {
			time.Sleep(time.Until(over))
			return n
		}
		time.Sleep(wait)
	}
}

func TestRateIsKeptEachSecond(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kindWith("k", 10)
		h := newHandTest(k)
		h.limit(k, 50)
		require.True(t, h.claim(k, &generation{}, 400, 1))
		for range 5 {
			require.InDelta(t, 50, h.startedWithin(time.Second), 5)
		}
		h.limit(k, 10)
		require.InDelta(t, 10, h.startedWithin(time.Second), 5)
		h.limit(k, 0)
		h.startedWithin(time.Millisecond)
		h.requireEmpty(t)
	})
}

func TestIdleKindDoesNotCatchUpOnItsRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kindWith("k", 10)
		h := newHandTest(k)
		h.limit(k, 100)
		time.Sleep(time.Hour)
		require.True(t, h.claim(k, &generation{}, 300, 1))
		require.InDelta(t, 100, h.startedWithin(time.Second), 10)
		for _, j := range h.close() {
			h.forget(j)
		}
	})
}

func TestKindWithoutTokensLeavesScarceSlotsToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		limited, other := kindWith("limited", 10), kindWith("other", 10)
		limited.limits.Priority = 1
		h := newHandTest(limited, other)
		h.most = 1
		h.limit(limited, 1)
		h.claim(limited, &generation{}, 3, 1)
		h.claim(other, &generation{}, 5, 1)
		require.Equal(t, 1+5, h.startedWithin(100*time.Millisecond), "one token, and all of the other kind")
		require.Equal(t, 2, h.startedWithin(2*time.Second))
		h.requireEmpty(t)
	})
}

// neighbours is a keeper that knows of other daemons.
type neighbours struct {
	keeper
	living []lease.Daemon
}

func (n neighbours) Living() []lease.Daemon { return n.living }

func TestRateIsSharedByTheDaemonsThatAnnounceTheKind(t *testing.T) {
	k := kindWith("sms", 10)
	k.limits.Rate = 90
	with := func(kinds ...string) (d lease.Daemon) { d.Kinds = kinds; return d }
	e := &Engine{order: []*kind{k}, hand: newHand(nil, nil, 0, []*kind{k})}
	for want, living := range map[float64][]lease.Daemon{
		90: nil,
		45: {with("sms"), with("sms", "mail"), with("mail")},
		30: {with("sms"), with("sms"), with("sms")},
	} {
		e.keeper = neighbours{living: living}
		e.shareRates()
		require.InDelta(t, want, k.bucket.rate, 0.001)
	}
}
