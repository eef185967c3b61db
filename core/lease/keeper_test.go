package lease_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/lease"
)

func TestADaemonThatBeatsKeepsItsLease(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		require.Regexp(t, "^[0-9a-f]{32}$", inc.ID())
		pass(time.Hour)
		require.True(t, works(inc))
		require.Same(t, inc, a.incarnation())
		require.Empty(t, w.table.all())
		require.InDelta(t, 1800, a.line.count(beat), 2, "one beat each two seconds")
		require.InDelta(t, 3600, a.line.count(living), 4, "one look each second")
	})
}

func TestDaemonsSeeEachOtherWithTheirKinds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, one := w.start()
		_, two := w.start()
		pass(time.Second)
		var ids []string
		for _, d := range a.Living() {
			require.Equal(t, []string{"mail"}, d.Kinds)
			ids = append(ids, d.ID)
		}
		require.ElementsMatch(t, []string{one.ID(), two.ID()}, ids)
	})
}

func TestACleanEndIsNoLoss(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		pass(time.Minute)
		a.end()
		<-a.ended
		require.NoError(t, a.err)
		require.ErrorIs(t, inc.Context().Err(), context.Canceled)
		require.Equal(t, context.Canceled, context.Cause(inc.Context()))
		require.True(t, w.table.get(inc.ID()).Dead)
		require.Equal(t, "ended", w.table.why[inc.ID()])
		require.Empty(t, w.table.all())
	})
}

func TestACleanEndWhileTheDatabaseHangsIsLeftToTheOthers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		w.start()
		release := a.line.hang(everything...)
		defer release()
		a.end()
		<-a.ended
		require.NoError(t, a.err)
		require.Equal(t, context.Canceled, context.Cause(inc.Context()))
		pass(12 * time.Second)
		require.True(t, w.table.get(inc.ID()).Dead)
		require.Len(t, w.table.foreign(), 1)
	})
}

func TestCurrentFailsWithItsContextOnly(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, _ := w.start()
		release := a.line.hang(everything...)
		defer release()
		pass(time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := a.Current(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		release()
		a.incarnation()
		_, err = a.Current(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded, "so that a loop around it ends")
	})
}

func TestADatabaseThatIsAwayAtTheStartIsWaitedFor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		tries := 0
		a := w.run(w.prepare(budget, func(l *line) (lease.Store, error) {
			if tries++; tries < 10 {
				return nil, errors.New("connection refused")
			}
			return l, nil
		}))
		require.True(t, works(a.incarnation()))
		require.Equal(t, 10, tries)
		require.Equal(t, 1, a.logs.FilterMessageSnippet("does not answer").Len(), "a short outage is told once")
		require.Equal(t, 1, a.logs.FilterMessageSnippet("answers again").Len())
	})
}

func TestARefusalAtTheStartIsAFault(t *testing.T) {
	refused := &mysql.MySQLError{Number: 1045, Message: "Access denied"}
	inWorld(t, func(t *testing.T, w *world) {
		a := w.run(w.prepare(budget, func(*line) (lease.Store, error) { return nil, refused }))
		<-a.ended
		require.ErrorIs(t, a.err, refused)
	})
	inWorld(t, func(t *testing.T, w *world) {
		a := w.prepare(budget, func(l *line) (lease.Store, error) { return l, nil })
		a.line.fails[begin] = refused
		w.run(a)
		<-a.ended
		require.ErrorIs(t, a.err, refused)
	})
}

func TestEndingWhileTheDatabaseIsAway(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.run(w.prepare(budget, func(*line) (lease.Store, error) { return nil, errors.New("connection refused") }))
		pass(time.Minute)
		a.end()
		<-a.ended
		require.NoError(t, a.err)
		require.Equal(t, 2, a.logs.FilterMessageSnippet("does not answer").Len(), "a long outage is told again now and then")
	})
}

// The row was written, but nobody said so: no second row may be left behind that
// nobody keeps.
func TestABeginningWithUnknownOutcomeLeavesOneRow(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.prepare(budget, func(l *line) (lease.Store, error) { return l, nil })
		a.line.fails[begin] = errCut
		w.run(a)
		pass(3 * time.Second)
		require.Len(t, w.table.living(), 1)
		a.line.set(func() { delete(a.line.fails, begin) })
		inc := a.incarnation()
		require.Equal(t, inc.ID(), w.table.living()[0].ID)
		pass(time.Minute)
		require.True(t, works(inc))
		require.Len(t, w.table.living(), 1)
		require.Empty(t, w.table.all())
	})
}

func TestEndingDuringABeginningLeavesNoLivingRow(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.prepare(budget, func(l *line) (lease.Store, error) { return l, nil })
		a.line.fails[begin] = errCut
		w.run(a)
		pass(3 * time.Second)
		a.end()
		<-a.ended
		require.NoError(t, a.err)
		require.Empty(t, w.table.living())
	})
}

func TestABudgetThatWouldLetTwoDaemonsWorkIsRefused(t *testing.T) {
	for name, cfg := range map[string]lease.Config{
		"verdict before the own stop":   {Stop: 9 * time.Second, Verdict: 9 * time.Second},
		"own stop between two beats":    {Beat: 7 * time.Second},
		"one look decides":              {Scan: 9 * time.Second},
		"a negative time":               {Stall: -time.Second},
		"a negative time between beats": {Beat: -time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inWorld(t, func(t *testing.T, w *world) {
				a := w.run(w.prepare(cfg, func(l *line) (lease.Store, error) { return l, nil }))
				<-a.ended
				require.ErrorContains(t, a.err, "lease: ")
				require.Empty(t, w.table.rows)
			})
		})
	}
}

func TestTheBudgetHasDefaults(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a := w.run(w.prepare(lease.Config{}, func(l *line) (lease.Store, error) { return l, nil }))
		inc := a.incarnation()
		pass(time.Minute)
		require.True(t, works(inc))
		require.InDelta(t, 30, a.line.count(beat), 1)
	})
}

func TestABeatThatChangesNoRowIsALossAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		pass(time.Minute + time.Second)
		require.True(t, w.table.kill("a person", inc.ID(), w.table.get(inc.ID()).Seq, "by hand"))
		killed := time.Now()
		<-inc.Context().Done()
		require.Equal(t, core.ErrLeaseLost, context.Cause(inc.Context()))
		require.LessOrEqual(t, time.Since(killed), budget.Beat)
		next := a.incarnation()
		require.NotEqual(t, inc.ID(), next.ID())
		require.LessOrEqual(t, time.Since(killed), budget.Beat, "the next one begins at once")
		pass(time.Minute)
		require.True(t, works(next))
	})
}

func TestTheEndOfALossOfLeaseIsSeenByThoseWhoWait(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		a, inc := w.start()
		release := a.line.hang(everything...)
		<-inc.Context().Done()
		got := make(chan *lease.Incarnation)
		go func() {
			next, err := a.Current(context.Background())
			if err == nil {
				got <- next
			}
			close(got)
		}()
		synctest.Wait()
		select {
		case <-got:
			t.Fatal("there is no lease yet")
		default:
		}
		release()
		next := <-got
		require.NotNil(t, next)
		require.NotEqual(t, inc.ID(), next.ID())
	})
}

func TestRowsOfTheLongDeadAreDeletedOnceAnHour(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.start()
		pass(3*time.Hour + time.Minute)
		w.table.mu.Lock()
		defer w.table.mu.Unlock()
		const week = 7 * 24 * time.Hour
		require.Equal(t, []time.Duration{week, week, week, week}, w.table.forgets)
	})
}
