package delayqueue

import (
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
)

func TestHandStartsTheRestWhenOutcomesCanBeRecordedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, g := kindWith("k", 1), &generation{}
		h := newHandTest(k)
		h.setUnsure(true)
		require.True(t, h.claim(k, g, fewOut+5, 1))
		h.fire(1)
		h.settle()
		var ended []*job
		end := func() {
			for len(h.running) > 0 {
				ended = append(ended, h.end(0, nothing))
			}
		}
		end()
		require.Len(t, ended, fewOut+1)
		h.setUnsure(false)
		h.settle()
		end()
		require.Len(t, ended, fewOut+5)
		for _, j := range ended {
			h.forget(j)
		}
		h.requireEmpty(t)
	})
}
