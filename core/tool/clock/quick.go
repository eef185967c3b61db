package clock

import (
	"sync/atomic"
	"time"
)

const (
	// fresh is how long Quick goes on from one reading.
	fresh = 100 * time.Microsecond
	// prompt is how long a reading may take at most to be gone on from: what it took
	// longer, because the goroutine was halted, Quick would be behind.
	prompt = 10 * time.Microsecond
)

// Quick is a clock for those who read it for each of very many jobs. Its boot time is a
// reading of the clock within it, not older than a tenth of a millisecond, and what Go's
// monotonic clock has counted since, which is read without asking the kernel. It is never
// ahead of the clock within, and some microseconds behind it at most, so that one reading
// may be that much less than the one before. After a suspension of the machine it may
// not know of it for the rest of that tenth of a millisecond. It is safe for concurrent use.
type Quick struct {
	Clock
	last atomic.Pointer[reading]
}

type reading struct {
	boot time.Duration
	at   time.Time // not before it was taken
}

// Boot implements Clock.
func (q *Quick) Boot() time.Duration {
	if r := q.last.Load(); r != nil {
		if since := time.Since(r.at); since < fresh {
			return r.boot + since
		}
	}
	asked := time.Now()
	boot := q.Clock.Boot()
	if at := time.Now(); at.Sub(asked) < prompt {
		q.last.Store(&reading{boot, at})
	}
	return boot
}
