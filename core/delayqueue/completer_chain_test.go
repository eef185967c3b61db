package delayqueue

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

// Done without its successors would break the chain in silence.
func TestJobWhoseSuccessorsAreRefusedHasFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &slowRows{perRow: time.Millisecond, refuse: func(outcomes []Outcome) error {
			for _, o := range outcomes {
				if len(o.Successors) > 0 {
					return &mysql.MySQLError{Number: 1366}
				}
			}
			return nil
		}}, 1, 2)
		j := jobOf("me", 3)
		r.add(j, Outcome{Held: j.held(), Status: core.DelayDone, Result: "fine", Successors: []core.DelayQueuePushParams{{ExecCmd: "next", Params: "🙂"}}})
		require.Zero(t, r.end())
		require.Equal(t, core.DelayDone, r.store.stored[2].Status)
		failed := r.store.stored[3]
		require.Equal(t, core.DelayFailed, failed.Status)
		require.Equal(t, "the handler succeeded, but the database refuses its successors: error 1366 of the server", failed.Result)
		require.Equal(t, map[uint64]int{1: 1, 2: 1, 3: 1}, r.toldOf())
	})
}

// A key of a successor that somebody's open transaction holds cannot be told before it
// is waited for. Once that is known, it is waited for alone.
func TestSuccessorWhoseKeyIsHeldSpoilsOneGroup(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := time.Now().Add(10 * time.Second)
		var met []int // so many outcomes waited with it, each time
		r := newRecording(t, &slowRows{refuse: func(outcomes []Outcome) error {
			for _, o := range outcomes {
				if len(o.Successors) > 0 && time.Now().Before(over) {
					met = append(met, len(outcomes))
					time.Sleep(time.Second)
					return &mysql.MySQLError{Number: 1205}
				}
			}
			return nil
		}})
		j := jobOf("me", 1)
		r.add(j, Outcome{Held: j.held(), Status: core.DelayDone, Successors: []core.DelayQueuePushParams{{ExecCmd: "next", UniqueKey: "held"}}})
		for id := uint64(2); time.Now().Before(over.Add(20 * time.Second)); id++ {
			r.finish(id)
			time.Sleep(10 * time.Millisecond)
		}
		require.Zero(t, r.end())
		require.Greater(t, len(met), 2)
		require.Equal(t, 1, slices.Max(met[len(met)-2:]), "%v", met)
		require.Equal(t, 1, r.toldOf()[1])
	})
}

// One transaction that somebody leaves open may hold the keys of very many successors.
func TestManyHeldKeysHoldUpNoOtherOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const held = 100
		r := newRecording(t, &slowRows{refuse: func(outcomes []Outcome) error {
			for _, o := range outcomes {
				if len(o.Successors) > 0 {
					time.Sleep(time.Second)
					return &mysql.MySQLError{Number: 1205}
				}
			}
			return nil
		}})
		for id := range uint64(held) {
			j := jobOf("me", id+1)
			r.add(j, Outcome{Held: j.held(), Status: core.DelayDone, Successors: []core.DelayQueuePushParams{{ExecCmd: "next", UniqueKey: "held"}}})
		}
		time.Sleep(10 * time.Minute) // until all have been found out, and come back again and again
		for id := uint64(held + 1); id <= held+60; id++ {
			r.finish(id)
			time.Sleep(time.Second)
		}
		time.Sleep(10 * time.Second)
		require.Len(t, r.toldOf(), 60)
		r.stop()
		r.hurry()
		require.Equal(t, held, <-r.left)
	})
}
