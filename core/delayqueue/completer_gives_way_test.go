package delayqueue

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// Outcomes are recorded when the jobs have begun that fell due together, or after a
// moment; where jobs fall due all the time, only the first are kept waiting.
func TestRecordingGivesWayToStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &slowRows{}
		r := newRecording(t, store)
		recordedAfter := func(id uint64, wait time.Duration) {
			t.Helper()
			r.finish(id)
			if wait > 0 {
				time.Sleep(wait - time.Nanosecond)
				synctest.Wait()
				require.NotContains(t, r.toldOf(), id)
				time.Sleep(time.Nanosecond)
			}
			synctest.Wait()
			require.Contains(t, r.toldOf(), id)
		}
		synctest.Wait()
		recordedAfter(1, 0) // nothing waits to begin

		r.rushes.Store(true)
		time.AfterFunc(5*time.Millisecond-glance/2, func() { r.rushes.Store(false) })
		recordedAfter(2, 5*time.Millisecond)

		r.rushes.Store(true)
		recordedAfter(3, moment)
		recordedAfter(4, 0)
		recordedAfter(5, 0)

		r.rushes.Store(false)
		recordedAfter(6, 0) // a pause
		r.rushes.Store(true)
		recordedAfter(7, moment)
		r.rushes.Store(false)
		require.Zero(t, r.end())
	})
}

func TestEngineTellsItsCompleterOfJobsThatBegin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kindWith("a", 100)
		e, _ := withLease(t, nil, k)
		stop := e.startCompleter()
		require.False(t, e.completer.rush())
		k.learn(time.Millisecond)
		k.ready = make([]*job, 1)
		require.True(t, e.completer.rush())
		require.Zero(t, stop(t.Context()))
	})
}

func TestOnlyQuickJobsThatMayBeginAreWaitedFor(t *testing.T) {
	const jobs = 1000
	for name, of := range map[string]struct {
		change func(h *hand, k *kind)
		rush   bool
	}{
		"quick ones":              {func(_ *hand, k *kind) { k.learn(time.Millisecond) }, true},
		"none that anybody knows": {func(*hand, *kind) {}, false},
		"slow ones":               {func(_ *hand, k *kind) { k.learn(3 * time.Millisecond) }, false},
		"of a paused kind": {func(_ *hand, k *kind) {
			k.learn(time.Millisecond)
			k.paused = true
		}, false},
		"of a kind with a rate": {func(_ *hand, k *kind) {
			k.learn(time.Millisecond)
			k.bucket = k.bucket.share(1000)
		}, false},
		"while too many are not recorded": {func(_ *hand, k *kind) {
			k.learn(time.Millisecond)
			k.out = mostOut
		}, false},
		"while the daemon ends": {func(h *hand, k *kind) {
			k.learn(time.Millisecond)
			h.closed = true
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			k := kindWith("a", 100)
			h := newHand(func(*job) time.Duration { return 0 }, func(*kind) {}, 0, []*kind{k})
			require.False(t, h.rush())
			k.ready = make([]*job, jobs)
			of.change(h, k)
			require.Equal(t, of.rush, h.rush())
		})
	}
}
