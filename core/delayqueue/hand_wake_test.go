package delayqueue

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

// What fire could not start for its rate it answers with how long to wait: were the
// timer woken at once besides, it would turn without a pause until there is a token.
func TestTimerSleepsWhileARateLetsNothingStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kindWith("k", 10)
		h := newHandTest(k)
		h.limit(k, 0.0001)
		require.True(t, h.claim(k, &generation{}, 3, 1))
		_, wait := h.fire(1)
		h.settle()
		require.Len(t, h.running, 1)
		require.Positive(t, wait)
		require.Empty(t, h.earlier)

		h.forget(h.end(0, nothing)) // its slot finds no token, and the timer may sleep for something else
		require.Len(t, h.earlier, 1)
		_, wait = h.fire(1)
		require.Positive(t, wait)
		require.Empty(t, h.earlier)
		require.Len(t, h.close(), 2)
		h.requireEmpty(t)
	})
}
