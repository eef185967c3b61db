//go:build unix

package consume_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/test/rig"
)

// bothTakePart adds messages until each of the daemons has executed some that were
// added now: then each has its share of the stream. What they have done so far is known
// to be done when it returns, and must not come again.
func bothTakePart(w *world, s stream, a, b *rig.Process) {
	w.t.Helper()
	beforeA, beforeB := w.of(a.PID), w.of(b.PID)
	w.Await("both daemons work", func() bool {
		s.fill(16)
		return w.of(a.PID) > beforeA && w.of(b.PID) > beforeB
	})
	w.Await("what they have done is known to be done", func() bool { return s.waits() == 0 })
}

// amidst fills the stream with up to n messages, until the victim has struck itself,
// which it does in the middle of its work. Where the others were so quick that
// nothing is left, there is more to do.
func amidst(w *world, s stream, n int, struck func() bool) {
	w.t.Helper()
	for s.filled() < n && !struck() {
		s.fill(min(n-s.filled(), most))
	}
	w.Await("the victim has struck itself", func() bool {
		if w.distinct() == s.filled() {
			s.fill(1000)
		}
		return struck()
	})
}

// rest fills the stream up to n messages.
func rest(s stream, n int) { s.fill(max(n-s.filled(), 0)) }

// examine fails the test where a message is lost or order broken, or where one was
// executed twice that was not in the hands of the victim.
func examine(w *world, s stream, mayComeTwice func(execution) bool) (twice int) {
	w.t.Helper()
	require.Equal(w.t, s.filled(), w.distinct(), "messages were lost")
	require.Zero(w.t, s.waits(), "done, and not known to be done")
	s.check()
	again, unexplained, times := w.repeated(), 0, map[int]int{}
	for _, e := range again {
		times[e.number]++
		require.Equal(w.t, 1, times[e.number], "message %d: one death lets it come again once, and no more", e.number)
		if !mayComeTwice(e) {
			unexplained++
			w.t.Logf("not in flight, and executed again: %+v", e)
		}
	}
	require.Zero(w.t, unexplained, "executed twice without need")
	return len(again)
}

// many is how many messages there are on the real servers.
const many = 100_000

// A daemon is killed half way: what it had taken and not told to be done comes
// again at the other, and nothing else does.
// The original commits an offset before the handler has run, and takes a message out
// of its list before: a crash loses it.
func TestOriginalWeaknessACrashLosesMessages(t *testing.T) {
	onEach(t, func(t *testing.T, w *world, s stream) { killed(t, w, s, many) })
	t.Run("kafka, a partition each", func(t *testing.T) { // that is longer than its window
		w := newWorld(t, genuine(t), quickTakeover)
		killed(t, w, newTopic(w, 2), many)
	})
}

func TestNothingIsLostWhenADaemonIsKilledOnTheEmbeddedServers(t *testing.T) {
	t.Run("kafka", func(t *testing.T) {
		w := embedded(t, quickTakeover)
		killed(t, w, newTopic(w, 8), 4000)
	})
	t.Run("redis", func(t *testing.T) {
		w := embedded(t, quickTakeover)
		killed(t, w, newList(w), 4000)
	})
}

func killed(t *testing.T, w *world, s stream, n int) {
	w.entries(s.entry())
	victim, other := w.victim(n/4, syscall.SIGKILL), w.daemon()
	bothTakePart(w, s, victim, other)
	w.arm()
	amidst(w, s, n, victim.Ended)
	held := s.inHand(victim.PID)
	rest(s, n)
	w.all(s.filled())
	w.Await("the other has taken over, and all is known to be done", func() bool { return s.waits() == 0 })
	w.ends(other)
	twice := examine(w, s, func(e execution) bool { return held[e.number] })
	s.fits(w.repeated())
	t.Logf("%d messages: the killed daemon executed %d, the other %d; in flight %d, executed twice %d, lost 0",
		s.filled(), w.of(victim.PID), w.of(other.PID), len(held), twice)
}

// A daemon is halted for longer than its session or lease, and others have done its
// work when it wakes up. It begins no more than what it held, and goes on.
func TestADaemonThatWasHaltedRepeatsNoMoreThanItHeld(t *testing.T) {
	onEach(t, func(t *testing.T, w *world, s stream) {
		const n = many
		w.entries(s.entry())
		victim, other := w.victim(n/4, syscall.SIGSTOP), w.daemon()
		bothTakePart(w, s, victim, other)
		w.arm()
		beginning := w.of(victim.PID)
		amidst(w, s, n, func() bool { return w.of(victim.PID) >= beginning+n/4 })
		victim.Signal(syscall.SIGSTOP) // all its threads stand still now
		held, taken, before := s.inHand(victim.PID), s.taken(victim.PID), w.of(victim.PID)
		rest(s, n)
		w.all(s.filled())
		w.Await("the other has taken over, and all is known to be done", func() bool { return s.waits() == 0 })
		victim.Signal(syscall.SIGCONT)
		bothTakePart(w, s, victim, other)
		w.all(s.filled())
		w.ends(victim)
		w.ends(other)

		woken := w.after(victim.PID, before)
		twice := examine(w, s, func(e execution) bool { return held[e.number] || woken[e.number] && taken(e) })
		var stale, others []execution
		for _, e := range w.repeated() {
			if woken[e.number] {
				stale = append(stale, e)
			} else {
				others = append(others, e)
			}
		}
		s.fits(stale) // what it went on with
		s.fits(others)
		t.Logf("%d messages: the halted daemon executed %d before and %d after, the other %d; in flight %d, executed twice %d, of those %d when it woke up; lost 0",
			s.filled(), before, w.of(victim.PID)-before, w.of(other.PID), len(held), twice, len(stale))
	})
}

// On SIGTERM a daemon finishes what it has begun, says so to Kafka or Redis, gives
// back the rest, and ends with 0. The original has no shutdown.
func TestOriginalWeaknessNoShutdown(t *testing.T) {
	onEach(t, func(t *testing.T, w *world, s stream) {
		const n = 20_000
		w.entries(s.entry())
		s.fill(n)
		w.arm()
		first := w.victim(n/4, syscall.SIGTERM)
		require.Zero(t, first.Wait(), first.Output())
		require.Less(t, w.distinct(), n, "it ended in the middle")
		next := w.daemon()
		w.all(n)
		w.ends(next)
		twice := examine(w, s, func(execution) bool { return false })
		t.Logf("%d messages: the first daemon executed %d, the next %d; executed twice %d, lost 0", n, w.of(first.PID), w.of(next.PID), twice)
	})
}
