package delayqueue

import (
	"database/sql/driver"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
)

// A transaction that somebody leaves open holds one row for hours. The outcomes of all
// other jobs must not wait for it: after a while nothing more would be started.
func TestOutcomesAreRecordedWhileARowOfTheirGroupIsLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const locked = 100
		over := time.Now().Add(time.Hour)
		r := newRecording(t, &slowRows{refuse: func(outcomes []Outcome) error {
			for _, o := range outcomes {
				if o.ID == locked && time.Now().Before(over) {
					time.Sleep(3 * time.Second) // as long as sessions wait for locks
					return fmt.Errorf("recording outcomes: %w", &mysql.MySQLError{Number: 1205})
				}
			}
			return nil
		}}, upTo(400)...)
		time.Sleep(time.Minute)
		require.Len(t, r.toldOf(), 399)
		r.finish(1000)
		time.Sleep(10 * time.Second)
		require.Equal(t, 1, r.toldOf()[1000])
		time.Sleep(time.Hour)
		require.Equal(t, 1, r.toldOf()[locked], "it is recorded when the row is free")
		require.Zero(t, r.end())
	})
}

// A store that knows which rows are held costs one wait, not one for each half.
func TestOnlyOutcomesOfLockedRowsArePutAside(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := time.Now().Add(time.Hour)
		locked := map[uint64]bool{100: true, 399: true}
		r := newRecording(t, &slowRows{
			held: func(id uint64) bool { return locked[id] && time.Now().Before(over) },
			lost: map[uint64]bool{7: true},
		}, upTo(400)...)
		time.Sleep(time.Second)
		require.Len(t, r.toldOf(), 398)
		require.Equal(t, 1, r.store.waited())
		require.Equal(t, 2, r.logs.FilterMessageSnippet("another transaction holds the row").Len())
		time.Sleep(time.Hour)
		require.Zero(t, r.end())
		for id, n := range r.toldOf() {
			require.Equal(t, 1, n, id)
			require.Equal(t, id == 7, r.lost[id], "it is told which row was lost")
		}
		require.Len(t, r.toldOf(), 400, "they are recorded when their rows are free")
	})
}

// What is done and not recorded is done a second time, by another daemon.
func TestOutcomeOfARowThatIsLockedAtTheEndIsRecordedIfTheDaemonCanWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var over atomic.Bool
		r := newRecording(t, &slowRows{held: func(id uint64) bool { return id == 2 && !over.Load() }}, upTo(3)...)
		time.Sleep(10 * time.Minute) // it has been put aside for long by now
		time.AfterFunc(3*time.Second, func() { over.Store(true) })
		told := time.Now()
		require.Zero(t, r.end())
		require.Equal(t, 1, r.toldOf()[2])
		require.Less(t, time.Since(told), 5*time.Second)
	})
}

// The wait ends when the daemon must, and it is said what is left.
func TestOutcomesOfRowsThatStayLockedAreCountedAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &slowRows{held: func(id uint64) bool { return id == 2 }}, upTo(3)...)
		synctest.Wait()
		require.Equal(t, 1, r.end())
		require.Len(t, r.toldOf(), 2)
	})
}

// Most transactions end within seconds; nobody is to wait half a minute for them.
func TestOutcomeOfARowThatWasLockedShortlyIsRecordedSoon(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := time.Now().Add(time.Second)
		r := newRecording(t, &slowRows{held: func(id uint64) bool { return id == 2 && time.Now().Before(over) }}, upTo(3)...)
		time.Sleep(5 * time.Second)
		require.Len(t, r.toldOf(), 3)
		require.Zero(t, r.end())
	})
}

// A database that says that a row is locked is there again: it is no longer unsure whether
// outcomes can be recorded.
func TestAnswerOfALockEndsAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tries := 0
		unsure := make(chan bool, 1000)
		r := newRecording(t, &slowRows{refuse: func([]Outcome) error {
			if tries++; tries == 1 {
				return driver.ErrBadConn
			}
			return &mysql.MySQLError{Number: 1205}
		}})
		r.unsure = func(now bool) { unsure <- now }
		r.finish(1)
		time.Sleep(time.Minute)
		r.stop()
		r.hurry()
		require.Equal(t, 1, <-r.left)
		require.True(t, <-unsure, "its connection broke")
		require.False(t, <-unsure, "and then it answered")
		require.Equal(t, 1, r.logs.FilterMessage("service is back").Len())
	})
}
