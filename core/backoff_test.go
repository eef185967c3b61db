package core_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func TestFixedBackoff(t *testing.T) {
	wait := core.FixedBackoff(5 * time.Second)
	require.Equal(t, 5*time.Second, wait(1))
	require.Equal(t, 5*time.Second, wait(1000))
}

func TestExponentialBackoffDoublesUpToTheMost(t *testing.T) {
	wait := core.ExponentialBackoff(2*time.Second, time.Hour)
	for attempt, middle := range map[int]time.Duration{0: 2 * time.Second, 1: 2 * time.Second, 2: 4 * time.Second, 5: 32 * time.Second, 11: 2048 * time.Second, 12: time.Hour, 1000: time.Hour} {
		least, most := time.Duration(math.MaxInt64), time.Duration(0)
		for range 200 {
			d := wait(attempt)
			least, most = min(least, d), max(most, d)
		}
		require.GreaterOrEqual(t, least, middle-middle/4, attempt)
		require.LessOrEqual(t, most, middle+middle/4, attempt)
		require.NotEqual(t, least, most, "what failed together comes back together")
	}
	require.Equal(t, 2*time.Nanosecond, core.ExponentialBackoff(5*time.Second, 2*time.Nanosecond)(3))
}
