package crontab_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
	"simplest_script/test/dbtest"
	"simplest_script/test/sqlfault"
)

// alone is a tick of an entry whose runs do not overlap.
func alone(tick time.Time) crontab.Run {
	r := due("alone", tick)
	r.Skip = true
	return r
}

// marked makes an entry one that is scheduled.
func marked(t *testing.T, l *crontab.Ledger, entries ...string) {
	t.Helper()
	for _, e := range entries {
		require.NoError(t, l.SetMarks(t.Context(), partition, []crontab.Mark{{Entry: e, Tick: noon, Spec: "* * * * * *"}}))
	}
}

// Weakness of the original: no overlap rule.
func TestOriginalWeaknessNoOverlapRule(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		marked(t, l, "alone")
		rows := []crontab.Run{alone(noon), alone(noon.Add(time.Second)), due("e", noon), due("e", noon.Add(time.Second))}
		first := enter(t, l, 11, rows...)
		require.Equal(t, map[crontab.State]int{crontab.Starting: 3, crontab.Skipped: 1}, states(first), "the first of two at once is in the way of the second")
		require.Equal(t, first, enter(t, l, 11, rows...), "asked again, it answers the same")
		r := named(first, "alone")[0]
		require.Equal(t, crontab.Starting, r.State)
		r, err := l.Begin(t.Context(), r.ID, 11, here, child)
		require.NoError(t, err)
		later := enter(t, l, 12, alone(noon.Add(2*time.Second)))
		require.Equal(t, crontab.Skipped, later[0].State)
		require.Equal(t, fmt.Sprintf("overlap is skip, and the run of 2026-01-01 12:00:00 UTC goes on (run %d, pid 7 on h)", r.ID), later[0].Reason)

		_, err = l.Conclude(t.Context(), r, crontab.Outcome{State: crontab.Success}, crontab.Running)
		require.NoError(t, err)
		late := enter(t, l, 13, alone(noon), alone(noon.Add(3*time.Second)))
		require.Equal(t, map[crontab.State]int{crontab.Starting: 1}, states(late), "a tick that was run meanwhile is in nobody's way")
	})
}

func states(rows []crontab.Run) map[crontab.State]int {
	counts := map[crontab.State]int{}
	for _, r := range rows {
		counts[r.State]++
	}
	return counts
}

func named(rows []crontab.Run, entry string) (some []crontab.Run) {
	for _, r := range rows {
		if r.Entry == entry {
			some = append(some, r)
		}
	}
	return some
}

// struck is a ledger whose statements faults may strike.
func struck(t *testing.T, db *sqldb.DB) (*crontab.Ledger, *sqlfault.Script) {
	faults := sqlfault.New(t)
	pool := faults.Over(db.DB)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	return crontab.NewLedger(&sqldb.DB{DB: pool, Dialect: db.Dialect}), faults
}

// Two daemons have different specifications of an entry for a moment, as in a release.
// One has looked whether a run goes on and stalls before it enters its tick; the other
// one enters another tick meanwhile.
func TestNobodyStartsBetweenTheLookAtWhatGoesOnAndTheEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		stalled, faults := struck(t, db)
		other := crontab.NewLedger(db)
		marked(t, other, "alone")
		entered := make(chan []crontab.Run, 1)
		looked := make(chan struct{})
		faults.After("state IN ('starting', 'running')", 1, func() {
			go func() {
				close(looked)
				mine, err := other.Enter(t.Context(), 22, []crontab.Run{alone(noon.Add(time.Second))})
				if err != nil {
					t.Error(err)
				}
				entered <- mine
			}()
			<-looked
		})
		both := append(enter(t, stalled, 11, alone(noon)), <-entered...)
		require.Equal(t, map[crontab.State]int{crontab.Starting: 1, crontab.Skipped: 1}, states(both))
	})
}

// However many daemons enter however many ticks of it at once, one is started.
func TestOneRunAtATimeOfManyThatCompete(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		marked(t, l, "alone", "other")
		got := make([][]crontab.Run, 6)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() {
				beside := due("other", noon.Add(time.Duration(i)*time.Second))
				mine, err := l.Enter(t.Context(), uint64(i+1), []crontab.Run{alone(noon.Add(time.Duration(i) * time.Second)), beside})
				if err != nil {
					t.Error(err)
				}
				got[i] = mine
			})
		}
		all.Wait()
		var entered []crontab.Run
		for _, mine := range got {
			entered = append(entered, mine...)
		}
		require.Equal(t, map[crontab.State]int{crontab.Starting: 1, crontab.Skipped: 5}, states(named(entered, "alone")))
		require.Equal(t, map[crontab.State]int{crontab.Starting: 6}, states(named(entered, "other")))
	})
}
