package consumer_test

import (
	"errors"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"simplest_script/core/consumer"
)

// seed is the first sample of queue_script1.json.
func seed() consumer.Limits {
	return consumer.Limits{Progress: 2, MaxProgress: 10, LagLimit: 20_000, AvgMessages: 10_000}
}

func TestDesired(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	at := func(workers int, lag int64) consumer.Reading {
		return consumer.Reading{At: noon, Workers: workers, Lag: lag, Done: 1000}
	}
	ago := func(d time.Duration, r consumer.Reading, desired int) consumer.Decision {
		r.At = noon.Add(-d)
		return consumer.Decision{Reading: r, Desired: desired}
	}
	with := func(r consumer.Reading, change func(*consumer.Reading)) consumer.Reading {
		change(&r)
		return r
	}
	unreadable := with(at(5, 0), func(r *consumer.Reading) { r.LagErr = errors.New("broker away") })
	failing := with(at(2, 90_000), func(r *consumer.Reading) { r.Done, r.Failed = 100, 101 })
	half := with(at(2, 90_000), func(r *consumer.Reading) { r.Done, r.Failed = 100, 100 })
	quick := with(at(7, 90_000), func(r *consumer.Reading) { r.Done = 1001 })
	hurried := with(at(7, 90_000), func(r *consumer.Reading) { r.Done, r.Over = 1000, 15*time.Second })
	leisurely := with(at(2, 60_000), func(r *consumer.Reading) { r.Done, r.Over = 1000, 30*time.Second })
	idle := with(at(2, 60_000), func(r *consumer.Reading) { r.Done = 0 })
	lanes := func(n int) func(*consumer.Reading) { return func(r *consumer.Reading) { r.Lanes = n } }
	type decisions = []consumer.Decision

	for name, c := range map[string]struct {
		now     consumer.Reading
		history decisions
		want    int
		why     string
	}{
		"nothing to do":         {at(2, 0), nil, 2, "wants the 2 workers"},
		"less than nothing":     {at(2, -5), nil, 2, "wants the 2 workers"},
		"at the limit":          {at(2, 20_000), nil, 2, "wants the 2 workers"},
		"just above the limit":  {at(2, 20_001), nil, 4, "lag 20001 is above the limit of 20000"},
		"whole workers only":    {at(2, 39_999), nil, 5, "above the limit"},
		"beside the progress":   {at(2, 50_000), nil, 7, "above the limit"},
		"not once more":         {at(7, 50_000), nil, 7, "wants the 7 workers"},
		"never above the most":  {at(2, 10_000_000), nil, 10, "above the limit"},
		"as much as there can":  {at(2, math.MaxInt64), nil, 10, "above the limit"},
		"unreadable lag holds":  {unreadable, nil, 5, "broker away"},
		"failing handlers hold": {failing, nil, 2, "101 of 201 attempts failed"},
		"half of them is not":   {half, nil, 10, "above the limit"},
		"failures keep no one":  {with(failing, func(r *consumer.Reading) { r.Workers, r.Lag = 5, 0 }), nil, 4, "one is retired"},

		"partitions are few":          {with(at(2, 90_000), lanes(3)), nil, 3, "above the limit"},
		"and all have their worker":   {with(at(3, 90_000), lanes(3)), nil, 3, "lag 90000 wants 10 workers, but its order lets no more than 3 work at once"},
		"fewer than workers at least": {with(at(2, 90_000), lanes(1)), nil, 2, "no more than 1 work at once"},

		"no gain from the last step":     {at(7, 90_000), decisions{ago(15*time.Second, at(2, 60_000), 7)}, 7, "those added 15s ago brought nothing"},
		"nor from any look since":        {at(7, 90_000), decisions{ago(4*time.Minute, at(2, 60_000), 7), ago(time.Minute, at(7, 90_000), 7)}, 7, "brought nothing"},
		"a gain since":                   {at(7, 90_000), decisions{ago(4*time.Minute, at(2, 60_000), 7), ago(time.Minute, quick, 7)}, 10, "above the limit"},
		"a gain now":                     {quick, decisions{ago(time.Minute, at(2, 60_000), 7)}, 10, "above the limit"},
		"tried again after a while":      {at(7, 90_000), decisions{ago(5*time.Minute, at(2, 60_000), 7)}, 10, "above the limit"},
		"as many in half the time":       {hurried, decisions{ago(15*time.Second, leisurely, 7)}, 10, "above the limit"},
		"nothing to compare with":        {at(7, 90_000), decisions{ago(15*time.Second, idle, 7)}, 10, "above the limit"},
		"lag gone, but high a bit ago":   {at(7, 0), decisions{ago(4*time.Minute, at(2, 50_000), 7)}, 7, "stay because lag 50000 wanted them 4m0s ago"},
		"lag gone for long":              {at(7, 0), decisions{ago(5*time.Minute, at(2, 50_000), 7), ago(time.Minute, at(7, 0), 7)}, 6, "one is retired"},
		"high once, but not for so many": {at(7, 0), decisions{ago(time.Minute, at(7, 40_000), 7)}, 6, "one is retired"},
		"what was unread wanted nothing": {at(5, 0), decisions{ago(time.Minute, unreadable, 5)}, 4, "one is retired"},
	} {
		got, why := consumer.Desired(seed(), c.now, c.history)
		require.Equal(t, c.want, got, name)
		require.Contains(t, why, c.why, name)
	}
}

func TestWorkersAreRetiredWhenTheWindowOfTheLimitsIsOver(t *testing.T) {
	noon := time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)
	l := seed()
	l.KeepHigh = time.Second
	high := consumer.Decision{Reading: consumer.Reading{At: noon.Add(-time.Second), Workers: 5, Lag: 50_000}, Desired: 5}
	got, why := consumer.Desired(l, consumer.Reading{At: noon, Workers: 5}, []consumer.Decision{high})
	require.Equal(t, 4, got, why)
	l.KeepHigh++
	got, why = consumer.Desired(l, consumer.Reading{At: noon, Workers: 5}, []consumer.Decision{high})
	require.Equal(t, 5, got, why)
}

func TestDesiredStaysWithinItsBoundsAndGrowsWithTheLag(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := consumer.Limits{
			Progress: rapid.IntRange(1, 20).Draw(t, "progress"),
			LagLimit: rapid.Int64Range(1, 100_000).Draw(t, "limit"), AvgMessages: rapid.Int64Range(1, 100_000).Draw(t, "avg"),
		}
		l.MaxProgress = l.Progress + rapid.IntRange(0, 50).Draw(t, "more")
		workers := rapid.IntRange(l.Progress, l.MaxProgress).Draw(t, "workers")
		lag := rapid.Int64Range(0, 1<<40).Draw(t, "lag")
		got, _ := consumer.Desired(l, consumer.Reading{Workers: workers, Lag: lag}, nil)
		require.GreaterOrEqual(t, got, l.Progress)
		require.LessOrEqual(t, got, l.MaxProgress)
		more, _ := consumer.Desired(l, consumer.Reading{Workers: workers, Lag: lag + rapid.Int64Range(0, 1<<40).Draw(t, "plus")}, nil)
		require.GreaterOrEqual(t, more, got)
	})
}
