package delayqueue

import (
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// handTest is a hand in a bubble of synctest, whose jobs do what the test tells
// them: it is the model that the counters of the hand are compared with.
type handTest struct {
	*hand
	kinds   []*kind
	lastID  uint64
	running []*running // in the order of their start
	begun   chan *running
}

// running is a job in its handler.
type running struct {
	*job
	end chan func() // what the handler does last
}

func newHandTest(kinds ...*kind) *handTest {
	h := &handTest{kinds: kinds, begun: make(chan *running, 2*mostOut)}
	h.hand = newHand(func(j *job) time.Duration {
		r := &running{j, make(chan func(), 1)}
		h.begun <- r
		(<-r.end)()
		return time.Millisecond
	}, func(*kind) {}, 0, kinds)
	return h
}

func kindWith(name string, concurrency int) *kind {
	return &kind{name: name, limits: Limits{Concurrency: concurrency}}
}

// claim takes in n jobs of k.
func (h *handTest) claim(k *kind, g *generation, n int, due int64) bool {
	return h.add(k, h.jobs(k, g, n, due), found{})
}

func (h *handTest) jobs(k *kind, g *generation, n int, due int64) []*job {
	jobs := make([]*job, n)
	for i := range jobs {
		h.lastID++
		jobs[i] = &job{Row: Row{ID: h.lastID, Token: 1, Due: due}, kind: k, gen: g}
	}
	return jobs
}

// settle waits until every goroutine waits, and notes which jobs have been started.
func (h *handTest) settle() {
	synctest.Wait()
	for len(h.begun) > 0 {
		h.running = append(h.running, <-h.begun)
	}
}

// end lets the handler of the i-th running job do this at last.
func (h *handTest) end(i int, last func()) *job {
	r := h.running[i]
	h.running = slices.Delete(h.running, i, i+1)
	r.end <- last
	h.settle()
	return r.job
}

func nothing() {}

// What was started and is not recorded is what a crash runs twice.
func TestHandStartsNothingBeyondWhatMayBeUnrecorded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k, g := kindWith("k", 3), &generation{}
		h := newHandTest(k)
		h.setUnsure(true)
		const most, extra = fewOut + 3, 50
		require.True(t, h.claim(k, g, most+extra, 1))
		h.fire(1)
		h.settle()
		var unrecorded []*job
		for len(h.running) > 0 {
			require.LessOrEqual(t, len(h.running), 3)
			unrecorded = append(unrecorded, h.end(0, nothing))
		}
		require.Len(t, unrecorded, most, "handlers that return are not enough")
		require.Equal(t, extra, k.inHand)

		for i := range extra {
			h.forget(unrecorded[i])
			h.settle()
			require.Len(t, h.running, 1, "each one that is recorded lets one more start")
			unrecorded = append(unrecorded, h.end(0, nothing))
		}
		for _, j := range unrecorded[extra:] {
			h.forget(j)
		}
		h.requireEmpty(t)
	})
}

func TestHandGetsASlotBackFromAHandlerThatEndsItsGoroutine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kindWith("k", 1)
		h := newHandTest(k)
		h.claim(k, &generation{}, 3, 1)
		h.fire(1)
		h.settle()
		for range 3 {
			require.Len(t, h.running, 1)
			h.forget(h.end(0, runtime.Goexit))
			h.settle()
		}
		h.requireEmpty(t)
		h.slots.Wait()
	})
}

func TestHandStartsNothingAfterStopStarting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kindWith("k", 1)
		h := newHandTest(k)
		h.claim(k, &generation{}, 3, 1)
		h.claim(k, &generation{}, 1, 2)
		h.fire(1)
		h.settle()
		h.stopStarting()
		h.forget(h.end(0, nothing))
		h.fire(2)
		h.settle()
		require.Empty(t, h.running)
		room, _ := h.room(k)
		require.Zero(t, room)
		require.False(t, h.claim(k, &generation{}, 1, 1))
		require.Len(t, h.close(), 3, "they are given back")
		h.requireEmpty(t)
	})
}

// requireEmpty holds when everything has been given up or recorded.
func (h *handTest) requireEmpty(t require.TestingT) {
	for _, k := range h.kinds {
		require.Zero(t, k.inHand, "in hand")
		require.Zero(t, k.out, "started and not recorded")
		require.Empty(t, k.active, "slots")
		require.Empty(t, k.ready)
	}
	require.Empty(t, h.held)
	require.Zero(t, h.inHand)
	require.Zero(t, h.taken)
	h.due.remove(func(j *job) bool { require.Fail(t, "in the agenda", j.ID); return false })
}
