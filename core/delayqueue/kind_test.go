package delayqueue

import (
	"context"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func TestCapacityFollowsHowLongTheHandlerTakes(t *testing.T) {
	k := &kind{limits: Limits{Concurrency: 10}}
	require.Equal(t, 10_000, k.capacity(), "nothing known yet")
	for took, want := range map[time.Duration]int{
		20 * time.Millisecond: 250,
		time.Minute:           20,
		time.Microsecond:      mostHand,
	} {
		k.busy, k.runs = took, 1
		require.Equal(t, want, k.capacity(), took.String())
	}
}

func TestDurationIsTheMeanOfTheLastRuns(t *testing.T) {
	k := &kind{}
	k.learn(0)
	require.Zero(t, k.duration(), "it was not run")
	k.learn(80 * time.Millisecond)
	k.learn(160 * time.Millisecond)
	require.Equal(t, 120*time.Millisecond, k.duration())
	for range 10 * mostRuns {
		k.learn(time.Millisecond)
	}
	require.InDelta(t, time.Millisecond, k.duration(), float64(100*time.Microsecond), "what was long ago is forgotten")
	k.learn(30 * time.Millisecond)
	require.Less(t, k.duration(), 2*time.Millisecond, "one run is not the rule")
	k.learn(time.Nanosecond)
	require.Positive(t, k.duration())
}

func TestSurplusIsWhatSlotsCannotStartSoon(t *testing.T) {
	k := &kind{limits: Limits{Concurrency: 10}, ready: make([]*job, 9_000), inHand: 10_000}
	require.Zero(t, k.surplus(), "nothing known yet")
	for range fewRuns - 1 {
		k.learn(20 * time.Millisecond)
		require.Zero(t, k.surplus(), "too little known")
	}
	k.learn(20 * time.Millisecond)
	require.Equal(t, 8_750, k.surplus(), "all but what the slots can start soon")
	k.ready = k.ready[:501]
	require.Equal(t, 251, k.surplus())
	k.ready = k.ready[:500]
	require.Zero(t, k.surplus(), "what is due soon can be started; the other 9,500 are not due")
}

func TestLimitsConfigurationBeforeRegistrationBeforeDefault(t *testing.T) {
	nop := core.HandlerFunc(func(context.Context, *core.Task) error { return nil })
	reg := core.NewRegistry()
	reg.Add("bare", nop)
	reg.Add("full", nop, core.Concurrency(3), core.MaxAttempts(4), core.Timeout(5*time.Second), core.MaxLate(6*time.Second), core.Rate(7.5), core.Priority(8))
	bare, _ := reg.Lookup("bare")
	full, _ := reg.Lookup("full")
	registered := Limits{Concurrency: 3, MaxAttempts: 4, Timeout: 5 * time.Second, MaxLate: 6 * time.Second, Rate: 7.5, Priority: 8}
	configured := Limits{Concurrency: 30, MaxAttempts: 40, Timeout: 50 * time.Second, MaxLate: 60 * time.Second, Rate: 70.5, Priority: -80}
	fallback := Limits{Concurrency: 300, MaxAttempts: 400, Timeout: 500 * time.Second, MaxLate: 600 * time.Second, Rate: 700.5, Priority: 800}
	for i := range reflect.TypeFor[Limits]().NumField() {
		require.False(t, reflect.ValueOf(configured).Field(i).IsZero(), "%s is looked at too", reflect.TypeFor[Limits]().Field(i).Name)
	}

	require.Equal(t, configured, newKind(full, configured, fallback).limits)
	require.Equal(t, configured, newKind(bare, configured, fallback).limits)
	require.Equal(t, registered, newKind(full, Limits{}, fallback).limits)
	require.Equal(t, Limits{Concurrency: 300, MaxAttempts: 400, Timeout: 500 * time.Second}, newKind(bare, Limits{}, fallback).limits,
		"what is late, how often it starts and who goes first is for each kind to say")
	require.Equal(t, Limits{Concurrency: 10, MaxAttempts: 5}, newKind(bare, Limits{}, Limits{}).limits)

	mixed := registered
	mixed.Concurrency, mixed.Rate = 30, 70.5
	require.Equal(t, mixed, newKind(full, Limits{Concurrency: 30, Rate: 70.5}, fallback).limits, "each for itself")
}

func TestTallyCountsAndTellsTheLateness(t *testing.T) {
	tally := NewTally()
	require.Zero(t, tally.Late(0.99))
	for i := range 100 {
		tally.Observe(Event{Type: Started, Late: time.Duration(i+1) * time.Millisecond})
	}
	tally.Observe(Event{Type: Done})
	require.Equal(t, 100, tally.Count(Started))
	require.Equal(t, 1, tally.Count(Done))
	require.InEpsilon(t, float64(50*time.Millisecond), float64(tally.Late(0.5)), 0.11)
	require.InEpsilon(t, float64(99*time.Millisecond), float64(tally.Late(0.99)), 0.11)
	require.GreaterOrEqual(t, tally.Late(1), 100*time.Millisecond)
	tally.Observe(Event{Type: Started, Late: -time.Second})
	tally.Observe(Event{Type: Started, Late: 1000 * time.Hour})
}
