package consumer_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

// A Backoff is code of the user's: where it panics, the message waits for as long as
// it would without one.
func TestBackoffThatPanicsIsReplacedByTheDefault(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 2)
		w.sources["work"] = &memory{lists: []*list{l}}
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if t.Attempt < 3 {
				return errBroken
			}
			return nil
		}, core.Backoff(func(int) time.Duration { panic("no such attempt") }))
		w.start(entry("work", 1))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(w, l.ids(2), l.finished())
		w.shutDown()
	})
}
