package crontab_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
	"simplest_script/test/dbtest"
)

// byHand is a run that a person starts at noon.
func byHand(token uint64) crontab.Run {
	r := alone(noon)
	r.Hand = token
	return r
}

// Two people run an entry that no daemon has ever taken over. One has looked whether a
// run goes on; the other one either gets through meanwhile, or waits for the first.
func TestNobodyStartsBesideARunByHandOfAnEntryThatWasNeverScheduled(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		first, faults := struck(t, db)
		second := crontab.NewLedger(db)
		var entered <-chan error
		var others []crontab.Run
		faults.After("state IN ('starting', 'running')", 1, func() {
			entered = begins(t, db, 0, func() (err error) {
				others, err = second.Enter(t.Context(), 22, []crontab.Run{byHand(22)})
				return err
			})
		})
		mine := enter(t, first, 11, byHand(11))
		require.NotNil(t, entered, "it is looked whether a run goes on")
		require.NoError(t, <-entered)
		require.Equal(t, map[crontab.State]int{crontab.Starting: 1, crontab.Skipped: 1}, states(append(mine, others...)))
	})
}

// lockWaits counts the statements on a database of MySQL that wait for a lock.
func lockWaits(t *testing.T, db *sqldb.DB) int {
	return count(t, db, "information_schema.innodb_trx x JOIN information_schema.processlist p ON p.id = x.trx_mysql_thread_id"+
		" WHERE p.db = DATABASE() AND x.trx_state = 'LOCK WAIT'")
}

// begins begins f beside the test. On MySQL it returns once that has come to its end, or
// waits for a lock like as many others; a transaction of SQLite is alone anyway.
func begins(t *testing.T, db *sqldb.DB, others int, f func() error) (over <-chan error) {
	began, end := make(chan struct{}), make(chan error, 1)
	go func() {
		close(began)
		end <- f()
	}()
	<-began
	if db.Dialect == sqldb.MySQL {
		// innodb_trx stays as it is while it is read more often.
		require.Eventually(t, func() bool { return len(end) > 0 || lockWaits(t, db) > others }, 20*time.Second, 250*time.Millisecond)
	}
	return end
}

// Two people run an entry, and a daemon forgets it when the first of them has just locked
// its mark: it waits for the transaction of the first, and so does the second person. On
// SQLite nobody locks marks.
func TestNobodyStartsBesideARunByHandWhoseEntryIsForgottenMeanwhile(t *testing.T) {
	db := dbtest.New(t, sqldb.MySQL)
	first, faults := struck(t, db)
	second := crontab.NewLedger(db)
	var forgotten, entered <-chan error
	var others []crontab.Run
	faults.After("script_cron_mark", 1, func() {
		forgotten = begins(t, db, 0, func() error { return second.DropMarks(t.Context(), partition, []string{"alone"}) })
	})
	faults.After("state IN ('starting', 'running')", 1, func() {
		entered = begins(t, db, 1-len(forgotten), func() (err error) {
			others, err = second.Enter(t.Context(), 22, []crontab.Run{byHand(22)})
			return err
		})
	})
	mine := enter(t, first, 11, byHand(11))
	require.NotNil(t, forgotten, "marks are locked")
	require.NotNil(t, entered, "it is looked whether a run goes on")
	require.NoError(t, <-forgotten)
	require.NoError(t, <-entered)
	require.Equal(t, map[crontab.State]int{crontab.Starting: 1, crontab.Skipped: 1}, states(append(mine, others...)))
}

// Many at once begin an entry by hand, while the daemons forget it again and again. What
// overlaps is left to chance: this finds a ledger that does not lock at all, and errors that
// only a crowd meets, such as deadlocks. A lock that leaves a moment in between passes here
// as a rule; the tests above stage that.
func TestOneRunByHandAtATimeOfManyThatCompete(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		l := crontab.NewLedger(db)
		got := make([][]crontab.Run, 6)
		var all sync.WaitGroup
		for i := range got {
			all.Go(func() {
				var err error
				got[i], err = l.Enter(t.Context(), uint64(i+1), []crontab.Run{byHand(uint64(i + 1))})
				if err != nil {
					t.Error(err)
				}
				if err := l.DropMarks(t.Context(), partition, []string{"alone"}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		require.Equal(t, map[crontab.State]int{crontab.Starting: 1, crontab.Skipped: 5}, states(slices.Concat(got...)))
	})
}
