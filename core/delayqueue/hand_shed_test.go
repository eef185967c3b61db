package delayqueue

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// What was given back waits in the table: where no other daemon takes it, the slots
// must not stand idle until the next scan.
func TestMoreIsAskedForAfterJobsWereGivenBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kindWith("k", 1)
		h := newHandTest(k)
		asked := 0
		h.ask = func(*kind) { asked++ }
		require.True(t, h.claim(k, &generation{}, 1000, 1))
		h.fire(1)
		h.settle()
		k.busy, k.runs = fewRuns*aheadOfSlots/4, fewRuns // four in hand are enough
		require.NotEmpty(t, h.shed(k))
		require.Equal(t, 4, k.inHand)
		for k.inHand > 0 {
			h.end(0, nothing)
			h.settle()
		}
		require.Positive(t, asked)
		h.forget(h.end(0, nothing))
	})
}

// What falls due later may fill the hand: the slots that have worked off what was kept
// must not wait until half of that has been started.
func TestJobsThatWereGivenBackAreAskedForWhenTheSlotsAreFree(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, g := kindWith("k", 1), &generation{}
		h := newHandTest(k)
		require.True(t, h.claim(k, g, 100, 1))
		require.True(t, h.claim(k, g, 100, 1000))
		h.fire(1)
		h.settle()
		k.busy, k.runs = fewRuns*aheadOfSlots/4, fewRuns // four are enough
		require.Len(t, h.shed(k), 95)
		asked := 0
		h.ask = func(*kind) { asked++ }
		for range 4 {
			h.forget(h.end(0, nothing))
			require.Zero(t, asked, "there is still something to do")
		}
		h.forget(h.end(0, nothing))
		require.Equal(t, 1, asked)
		h.close()
	})
}
