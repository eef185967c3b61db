// Package backoff is how long to wait before something is tried again.
package backoff

import (
	"math/rand/v2"
	"time"
)

const (
	first = 100 * time.Millisecond
	// Longest is the longest pause of Quick.
	Longest = 30 * time.Second
)

// Quick is the pause after the given attempt, the first being 1, for work that
// holds up what comes behind it: 100 ms, doubled each time, at most 30 s, give or
// take a quarter so that what failed together does not come back together.
func Quick(attempt int) time.Duration {
	d := Longest
	if attempt < 10 {
		d = min(first<<(max(attempt, 1)-1), Longest)
	}
	return d - d/4 + rand.N(d/2)
}
