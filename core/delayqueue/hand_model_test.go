package delayqueue

import (
	"runtime"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// withoutDeadline keeps rapid from asking for the deadline, which a bubble has not.
type withoutDeadline struct{ rapid.TB }

func TestHandCountsWhatItHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { rapid.Check(withoutDeadline{t}, countHand) })
}

// handModel is what the counters of a hand are compared with, through any order of events.
type handModel struct {
	*handTest
	lives               []*generation
	now                 int64
	closed              bool
	claimed, recorded   int
	unrecorded, givenUp []*job // whose handlers have returned; which never started
}

func countHand(t *rapid.T) {
	m := &handModel{handTest: newHandTest(kindWith("a", 1), kindWith("b", 3)), lives: []*generation{{owner: "first"}, {owner: "second"}}}
	t.Repeat(map[string]func(*rapid.T){
		"claim":                    m.takeIn,
		"time passes":              func(*rapid.T) { m.now++; m.fire(m.now) },
		"handler returns":          func(t *rapid.T) { m.endOne(t, nothing) },
		"handler ends goroutine":   func(t *rapid.T) { m.endOne(t, runtime.Goexit) },
		"outcome is recorded":      m.recordOne,
		"forget what was given up": m.forgetAgain,
		"lease is lost":            m.loseLease,
		"one is asked for":         m.takeOne,
		"handlers become slow":     m.shedSurplus,
		"close":                    m.closeSeldom,
		"":                         m.check,
	})
	m.givenUp = append(m.givenUp, m.close()...)
	for len(m.running) > 0 {
		m.unrecorded = append(m.unrecorded, m.end(0, nothing))
	}
	for _, j := range m.unrecorded {
		m.forget(j)
	}
	m.requireEmpty(t)
	m.slots.Wait()
}

func (m *handModel) takeIn(t *rapid.T) {
	n := rapid.IntRange(1, 8).Draw(t, "n")
	k, g := rapid.SampledFrom(m.kinds).Draw(t, "kind"), rapid.SampledFrom(m.lives).Draw(t, "life")
	taken := m.claim(k, g, n, m.now+rapid.Int64Range(-2, 3).Draw(t, "due"))
	require.Equal(t, !m.closed, taken)
	if taken {
		m.claimed += n
	}
}

func (m *handModel) endOne(t *rapid.T, last func()) {
	if len(m.running) == 0 {
		t.Skip("nothing runs")
	}
	i := rapid.IntRange(0, len(m.running)-1).Draw(t, "which")
	m.unrecorded = append(m.unrecorded, m.end(i, last))
}

func (m *handModel) recordOne(t *rapid.T) {
	if len(m.unrecorded) == 0 {
		t.Skip("everything is recorded")
	}
	i := rapid.IntRange(0, len(m.unrecorded)-1).Draw(t, "which")
	m.forget(m.unrecorded[i])
	m.unrecorded = slices.Delete(m.unrecorded, i, i+1)
	m.recorded++
}

func (m *handModel) forgetAgain(t *rapid.T) {
	if len(m.givenUp) == 0 {
		t.Skip("nothing was given up")
	}
	m.forget(rapid.SampledFrom(m.givenUp).Draw(t, "job"))
}

func (m *handModel) loseLease(t *rapid.T) {
	g := rapid.SampledFrom(m.lives).Draw(t, "life")
	gone := m.drop(g)
	for _, j := range gone {
		require.Same(t, g, j.gen)
	}
	m.givenUp = append(m.givenUp, gone...)
}

// takeOne asks for a job that may be in the agenda, wait for a slot, run, or be gone.
func (m *handModel) takeOne(t *rapid.T) {
	wanted := Held{ID: rapid.Uint64Range(1, m.lastID+1).Draw(t, "id"), Token: 1}
	known := m.has(wanted)
	started := slices.ContainsFunc(m.running, func(r *running) bool { return r.held() == wanted }) ||
		slices.ContainsFunc(m.unrecorded, func(j *job) bool { return j.held() == wanted })
	j := m.takeOut(wanted)
	require.Equal(t, known && !started, j != nil)
	if j != nil {
		require.Equal(t, wanted, j.held())
		require.False(t, m.has(wanted))
		m.givenUp = append(m.givenUp, j)
	}
}

// shedSurplus gives back the last of the due jobs, once handlers take very long.
func (m *handModel) shedSurplus(t *rapid.T) {
	k := rapid.SampledFrom(m.kinds).Draw(t, "kind")
	busy, runs, waiting := k.busy, k.runs, slices.Clone(k.ready)
	k.busy, k.runs = fewRuns*aheadOfSlots, fewRuns
	surplus := k.surplus()
	gone := m.shed(k)
	k.busy, k.runs = busy, runs
	require.Len(t, gone, surplus)
	require.Equal(t, waiting, append(slices.Clone(k.ready), gone...), "those that would wait longest")
	m.givenUp = append(m.givenUp, gone...)
}

func (m *handModel) closeSeldom(t *rapid.T) {
	if rapid.IntRange(0, 9).Draw(t, "seldom") > 0 {
		t.Skip("not yet")
	}
	m.closed = true
	m.givenUp = append(m.givenUp, m.close()...)
}

// check holds after each event.
func (m *handModel) check(t *rapid.T) {
	m.settle()
	inHand := 0
	for _, k := range m.kinds {
		runs := 0
		for _, r := range m.running {
			if r.kind == k {
				runs++
			}
		}
		out := runs
		for _, j := range m.unrecorded {
			if j.kind == k {
				out++
			}
		}
		require.Len(t, k.active, runs, "slots of %s", k.name)
		require.LessOrEqual(t, runs, k.limits.Concurrency)
		require.Equal(t, out, k.out, "started and not recorded of %s", k.name)
		require.GreaterOrEqual(t, k.inHand, len(k.ready))
		if len(k.ready) > 0 && !m.closed {
			require.Equal(t, k.limits.Concurrency, runs, "no slot is free while a job of %s waits for one", k.name)
		}
		inHand += k.inHand
	}
	require.Equal(t, m.claimed-m.recorded-len(m.unrecorded)-len(m.running)-len(m.givenUp), inHand, "every job is somewhere, once")
	require.Len(t, m.held, inHand+len(m.running)+len(m.unrecorded))
}
