package consumer_test

import (
	"errors"
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
	unreadable := at(5, 0)
	unreadable.LagErr = errors.New("broker away")
	failing := at(2, 90_000)
	failing.Done, failing.Failed = 100, 900

	for name, c := range map[string]struct {
		now     consumer.Reading
		history []consumer.Decision
		want    int
		why     string
	}{
		"nothing to do":                  {at(2, 0), nil, 2, "wants the 2 workers"},
		"at the limit":                   {at(2, 20_000), nil, 2, "wants the 2 workers"},
		"just above the limit":           {at(2, 20_001), nil, 3, "above the limit"},
		"three more":                     {at(2, 50_000), nil, 5, "above the limit"},
		"never above the maximum":        {at(2, 10_000_000), nil, 10, "above the limit"},
		"unreadable lag holds":           {unreadable, nil, 5, "broker away"},
		"failing handlers hold":          {failing, nil, 2, "900 of 1000 attempts failed"},
		"no gain from the last step":     {at(4, 90_000), []consumer.Decision{ago(30*time.Second, at(2, 60_000), 2), ago(15*time.Second, at(2, 60_000), 4)}, 4, "brought nothing"},
		"lag gone, but high a bit ago":   {at(5, 0), []consumer.Decision{ago(4*time.Minute, at(2, 50_000), 5)}, 5, "stay because lag 50000"},
		"lag gone for long":              {at(5, 0), []consumer.Decision{ago(6*time.Minute, at(2, 50_000), 5), ago(time.Minute, at(5, 0), 5)}, 4, "one is retired"},
		"high once, but not for so many": {at(5, 0), []consumer.Decision{ago(time.Minute, at(5, 30_000), 5)}, 4, "one is retired"},
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
