//go:build unix

package chaos_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// class is a kind of fault.
type class string

const (
	kill      class = "daemons killed"
	replace   class = "daemons told to stop"
	halt      class = "daemons halted beyond the lease"
	doze      class = "daemons halted for a moment"
	cut       class = "connections cut"
	trickle   class = "connections cut after some bytes"
	partition class = "daemons cut off"
	reply     class = "replies cut"
	slow      class = "slow database"
	deadlocks class = "spells of deadlocks"
	crash     class = "database killed"
	restart   class = "database restarted"
	freeze    class = "database halted"
	orphan    class = "pushers killed"
	pause     class = "kinds paused"
)

// rule says how often a class strikes and how long it lasts, in verdicts: times after
// which a silent daemon is dead.
type rule struct {
	class         class
	every         float64
	shortest, add float64 // it lasts from shortest to shortest + add; a pause so long since every daemon had to know of it
}

var rules = []rule{
	{kill, 2.5, 0, 0},
	{replace, 4, 0, 0},
	{halt, 2, 1.2, 0.7},
	{doze, 4, 0.2, 0.5},
	{cut, 1, 0, 0},
	{trickle, 6, 0.5, 0.5},
	{partition, 5, 0.5, 1.2},
	{reply, 2, 0, 0},
	{slow, 5, 0.5, 1},
	{deadlocks, 3, 0.5, 0.5},
	{crash, 9, 0, 0.3},
	{restart, 11, 0, 0.3},
	{freeze, 8, 0.3, 1},
	{orphan, 5, 0, 0},
	{pause, 8, 1.5, 0.5},
}

// pausedEarly is in which share of a storm pauses begin: as long as one lasts, jobs are to
// be pushed that it holds back.
const pausedEarly = 0.6

// strike is one fault of a storm.
type strike struct {
	class class
	at    time.Duration // from the beginning
	lasts time.Duration
	dice  uint64 // decides what the class leaves open: who, how much
}

// plan returns the faults of a storm in their order, always the same for a seed. Each
// class strikes at least once, at random but not in heaps.
func plan(seed uint64, length, verdict time.Duration) []strike {
	r := rand.New(rand.NewPCG(seed, 1))
	var all []strike
	for _, rule := range rules {
		n := max(1, int(float64(length)/(rule.every*float64(verdict))))
		for i := range n {
			share := (float64(i) + r.Float64()) / float64(n)
			if rule.class == pause {
				share *= pausedEarly
			}
			all = append(all, strike{
				class: rule.class, at: time.Duration(share * float64(length)),
				lasts: time.Duration((rule.shortest + rule.add*r.Float64()) * float64(verdict)), dice: r.Uint64(),
			})
		}
	}
	slices.SortStableFunc(all, func(a, b strike) int { return cmp.Compare(a.at, b.at) })
	return all
}

func TestPlanIsThatOfItsSeed(t *testing.T) {
	one := plan(7, time.Minute, 2*time.Second)
	require.Equal(t, one, plan(7, time.Minute, 2*time.Second))
	require.NotEqual(t, one, plan(8, time.Minute, 2*time.Second))
	struck := map[class]int{}
	for i, s := range one {
		struck[s.class]++
		require.Less(t, s.at, time.Minute)
		require.True(t, i == 0 || one[i-1].at <= s.at, "in order")
	}
	require.Len(t, struck, len(rules), "each class strikes")
	require.Equal(t, 15, struck[halt])
}
