package delayqueue

import (
	"math/rand/v2"
	"time"
)

const (
	backoffBase = 2 * time.Second
	backoffMost = time.Hour
)

// Exponential is the default pause after the given attempt, the first being 1:
// two seconds, doubled each time, at most an hour, give or take a quarter so
// that jobs which failed together do not come back together.
func Exponential(attempt int) time.Duration {
	d := backoffMost
	if attempt < 12 { // 2 s << 11 is more than an hour
		d = min(backoffBase<<(max(attempt, 1)-1), backoffMost)
	}
	return d - d/4 + rand.N(d/2)
}
