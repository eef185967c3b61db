package core

import (
	"math/rand/v2"
	"time"
)

// FixedBackoff is a Backoff that waits for the same time after each attempt.
func FixedBackoff(d time.Duration) func(attempt int) time.Duration {
	return func(int) time.Duration { return d }
}

// ExponentialBackoff is a Backoff that waits for the first time after the first
// attempt, doubled after each further one, and never for longer than most; give or
// take a quarter, so that what failed together does not come back together.
func ExponentialBackoff(first, most time.Duration) func(attempt int) time.Duration {
	return func(attempt int) time.Duration {
		d := first
		for n := 1; n < attempt && d < most; n++ {
			d *= 2
		}
		d = max(min(d, most), 0)
		if d < 4 {
			return d
		}
		return d - d/4 + rand.N(d/2)
	}
}
