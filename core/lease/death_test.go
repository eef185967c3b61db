package lease_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/lease"
)

// rescueBudget is what a death may cost until its verdict.
var rescueBudget = budget.Verdict + 2*budget.Scan

func TestAHaltedDaemonIsDeclaredDeadAndLosesItsLease(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		w.start()
		w.start()
		pass(time.Minute)
		halted := time.Now()
		thaw := a.clock.freeze()
		pass(30 * time.Second)

		verdicts := w.table.all()
		require.Len(t, verdicts, 1, "one judge says it, the others see that it is said")
		require.Equal(t, inc.ID(), verdicts[0].id)
		require.NotEqual(t, "host1", verdicts[0].by)
		require.LessOrEqual(t, verdicts[0].at.Sub(halted), rescueBudget)
		require.GreaterOrEqual(t, verdicts[0].at.Sub(halted), budget.Stop)

		beats := a.line.count(beat)
		thaw()
		<-inc.Context().Done()
		require.Equal(t, core.ErrLeaseLost, context.Cause(inc.Context()))
		require.Equal(t, beats, a.line.count(beat), "it stops before it beats")
		next := a.incarnation()
		require.NotEqual(t, inc.ID(), next.ID())
		pass(time.Minute)
		require.True(t, works(next))
		require.Len(t, w.table.all(), 1)
	})
}

// The one who wakes up asks for the lease in the same moment in which it ends.
func TestAHaltedDaemonIsNotGivenTheOldLease(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		thaw := a.clock.freeze()
		got := make(chan *lease.Incarnation)
		go func() { got <- a.incarnation() }()
		pass(30 * time.Second)
		thaw()
		require.NotEqual(t, inc.ID(), (<-got).ID())
	})
}

func TestAShortHaltCostsNothing(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		w.start()
		pass(time.Minute)
		thaw := a.clock.freeze()
		pass(4 * time.Second)
		thaw()
		pass(time.Minute)
		require.True(t, works(inc))
		require.Empty(t, w.table.all())
	})
}

func TestHaltedJudgesCondemnNobody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, _ := w.start()
		b, _ := w.start()
		pass(time.Minute)
		thawA, thawB := a.clock.freeze(), b.clock.freeze()
		pass(time.Hour)
		thawA()
		pass(4 * time.Second) // of silence, in the eyes of the one who woke first
		thawB()
		pass(time.Minute)
		require.Empty(t, w.table.foreign())
	})
}

func TestASuspendedMachineStopsItself(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		pass(62100 * time.Millisecond) // between two beats
		a.clock.jump(time.Hour)
		woken := time.Now()
		<-inc.Context().Done()
		require.Equal(t, core.ErrLeaseLost, context.Cause(inc.Context()))
		require.LessOrEqual(t, time.Since(woken), time.Second)
		pass(3 * time.Second)
		require.True(t, w.table.get(inc.ID()).Dead, "it declares its own former row dead")
		require.Contains(t, w.table.why[inc.ID()], "stopped itself")
	})
}

func TestABeatThatHangsDoesNotHoldUpTheOwnStop(t *testing.T) {
	for name, deaf := range map[string]bool{"and ends with its deadline": false, "for ever": true} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a, inc := w.start()
				var sent time.Time // of the last good beat
				a.line.set(func() {
					a.line.deaf = deaf
					a.line.before[beat] = func() { sent = time.Now() }
				})
				pass(time.Minute + time.Second)
				release := a.line.hang(beat)
				defer release()
				<-inc.Context().Done()
				require.Equal(t, core.ErrLeaseLost, context.Cause(inc.Context()))
				require.Equal(t, budget.Stop, time.Since(sent))
			})
		})
	}
}

// A beat that is answered late counts from when it was sent.
func TestASlowBeatCountsFromItsSending(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		pass(time.Minute + time.Second) // the next beat is sent in a second
		release := a.line.hang(beat)
		sent := time.Now().Add(time.Second)
		pass(3 * time.Second)
		release()
		again := a.line.hang(beat)
		defer again()
		<-inc.Context().Done()
		require.Equal(t, budget.Stop, time.Since(sent))
	})
}

func TestAStalledDatabaseMakesNobodyCondemnAnother(t *testing.T) {
	for _, acts := range [][]act{everything, {begin, beat, condemn, end}, {beat}, {living}} {
		for _, stall := range []time.Duration{1500, 4000, 6500, 8000, 9500, 12_000, 20_000, 90_000} {
			stall *= time.Millisecond
			t.Run(fmt.Sprint(acts, stall), func(t *testing.T) {
				inWorld(t, func(t *testing.T, w *world) {
					for range 4 {
						w.start()
						pass(700 * time.Millisecond) // they do not beat in step
					}
					for range 3 {
						pass(time.Minute)
						release := w.hang(acts...)
						pass(stall)
						release()
					}
					pass(time.Minute)
					require.Empty(t, w.table.foreign())
					require.Len(t, w.table.living(), 4)
				})
			})
		}
	}
}

func TestAShortStallCostsNoLease(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, one := w.start()
		_, two := w.start()
		pass(time.Minute)
		release := w.hang(everything...)
		pass(5 * time.Second)
		release()
		pass(time.Minute)
		require.Equal(t, 1, a.logs.FilterMessageSnippet("does not answer").Len())
		require.Equal(t, 1, a.logs.FilterMessageSnippet("answers again").Len())
		require.True(t, works(one))
		require.True(t, works(two))
		require.Empty(t, w.table.all())
	})
}

func TestAfterAnOwnStopTheOwnRowIsDeclaredDeadAndANewLifeBegins(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		pass(time.Minute)
		release := w.hang(everything...)
		pass(20 * time.Second)
		require.Equal(t, core.ErrLeaseLost, context.Cause(inc.Context()))
		require.False(t, w.table.get(inc.ID()).Dead)
		release()
		next := a.incarnation()
		pass(2 * budget.Scan)
		require.True(t, w.table.get(inc.ID()).Dead)
		require.True(t, works(next))
		require.Len(t, w.table.living(), 1)
	})
}

// One daemon is cut off, the others are not.
func TestADaemonThatIsCutOffStopsBeforeItIsDeclaredDead(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		w.start()
		pass(time.Minute)
		release := a.line.hang(everything...)
		defer release()
		<-inc.Context().Done()
		require.Empty(t, w.table.all())
		pass(5 * time.Second)
		require.Len(t, w.table.foreign(), 1)
		require.Contains(t, w.table.why[inc.ID()], "no beat seen for 9s by host2")
	})
}

// Reads get through, writes do not: the silence of the others says nothing.
func TestAJudgeThatCannotBeatCondemnsNobody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		b, _ := w.start()
		pass(time.Minute)
		thaw := b.clock.freeze() // b is as good as dead
		defer thaw()
		pass(5 * time.Second)
		release := a.line.hang(beat, begin)
		pass(5900 * time.Millisecond)
		require.True(t, works(inc), "it has not stopped itself yet")
		pass(time.Minute)
		require.Empty(t, w.table.foreign())
		release()
		a.incarnation()
		pass(budget.Verdict - budget.Scan)
		require.Empty(t, w.table.foreign(), "it takes its time anew")
		pass(3 * budget.Scan)
		require.Len(t, w.table.foreign(), 1)
	})
}

// Time between two reads one of which failed does not count.
func TestAJudgeWithFailingReadsCondemnsNobody(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, _ := w.start()
		b, _ := w.start()
		pass(budget.Scan / 2) // between two reads
		thaw := b.clock.freeze()
		defer thaw()
		for range 60 {
			a.line.set(func() { a.line.fails[living] = errCut })
			pass(budget.Scan)
			a.line.set(func() { delete(a.line.fails, living) })
			pass(budget.Scan)
		}
		require.Empty(t, w.table.foreign())
		pass(rescueBudget)
		require.Len(t, w.table.foreign(), 1)
	})
}

// Between the judge's look and its verdict the silent one beats.
func TestABeatInTheLastMomentWinsAgainstTheVerdict(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, _ := w.start()
		b, inc := w.start()
		pass(time.Minute)
		a.line.set(func() {
			a.line.before[condemn] = func() { w.table.beat(inc.ID()) }
		})
		thaw := b.clock.freeze()
		defer thaw()
		pass(rescueBudget)
		require.NotZero(t, a.line.count(condemn))
		require.False(t, w.table.get(inc.ID()).Dead)
		before := a.line.count(condemn)
		pass(budget.Stop)
		require.Equal(t, before, a.line.count(condemn), "and the count begins anew")
	})
}

func TestAVerdictThatCouldNotBeWrittenIsTriedAgain(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, _ := w.start()
		b, inc := w.start()
		pass(time.Minute)
		release := a.line.hang(condemn)
		thaw := b.clock.freeze()
		defer thaw()
		pass(rescueBudget + time.Second)
		require.False(t, w.table.get(inc.ID()).Dead)
		release()
		pass(budget.Beat)
		require.True(t, w.table.get(inc.ID()).Dead)
	})
}
