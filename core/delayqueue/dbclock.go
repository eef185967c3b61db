package delayqueue

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"simplest_script/core/tool/clock"
)

// clockSamples is how many readings of the database's clock are remembered: those of
// a minute or, while jobs fall due and it is read more often, of about ten seconds.
const clockSamples = 60

// dbClock is the database's clock as far as this machine can know it: never
// ahead of it, so that no job starts early, and behind by little more than the
// quickest round trip of the last readings.
//
// A reading was taken somewhere between the sending of the question and the
// arrival of the answer. Counted from the arrival it is a lower bound for the
// clock, so the largest of the remembered lower bounds is the best one. Counted
// from the sending it is an upper bound: where the newest upper bound is below
// what was believed, somebody has set the database's clock back, and only the
// new reading holds. The two clocks need not run equally fast: a lower bound loses
// half a millisecond for each second of its age, the most that clocks are steered by.
type dbClock struct {
	local clock.Clock
	often clock.Clock // the same, read for each job

	mu       sync.Mutex
	lows     [clockSamples]reading
	n        int
	believed atomic.Pointer[belief] // read for each job
}

func newDBClock(local clock.Clock) *dbClock {
	return &dbClock{local: local, often: &clock.Quick{Clock: local}}
}

// belief is what is believed of the database's clock since the newest reading.
type belief struct {
	offset int64 // microseconds to add to the local boot time
	at     int64 // local boot time of the newest reading, in microseconds
}

// reading is a lower bound for the difference of the clocks, and when it was found.
type reading struct {
	low, at int64 // microseconds
}

// driftShare is how much of a time span two clocks may differ by: 500 ppm.
const driftShare = 2000

// sample reads the database's clock once.
func (c *dbClock) sample(ctx context.Context, store claimStore) error {
	sent := c.local.Boot().Microseconds()
	micros, err := store.Now(ctx)
	if err != nil {
		return err
	}
	received := c.local.Boot().Microseconds()
	const resolution = 1000 // of the coarsest server
	c.learn(received, micros-received, micros+resolution-sent)
	return nil
}

// readEvery is how often the clock is read while it matters. What is lost to the drift
// that may be is a tenth of a millisecond then, and was half of one with the reading
// of each scan alone: as much as all the rest of a lateness.
const readEvery = 200 * time.Millisecond

// follow reads the clock often while soon says that a job falls due, until ctx ends.
// It is the scan that tells of a database which does not answer.
func (c *dbClock) follow(ctx context.Context, store claimStore, timeout time.Duration, soon func() bool) {
	look := time.NewTicker(readEvery)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		if soon() {
			limited, cancel := context.WithTimeout(ctx, timeout)
			_ = c.sample(limited, store)
			cancel()
		}
	}
}

func (c *dbClock) learn(at, low, high int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.believed.Load(); old != nil && old.offset > high {
		c.n = 0
	}
	c.lows[c.n%clockSamples] = reading{low, at}
	c.n++
	b := &belief{low, at}
	for _, r := range c.lows[:min(c.n, clockSamples)] {
		b.offset = max(b.offset, r.low-(at-r.at)/driftShare)
	}
	c.believed.Store(b)
}

// known tells whether the database's clock has been read.
func (c *dbClock) known() bool { return c.believed.Load() != nil }

// micros returns the database's time in Unix microseconds.
func (c *dbClock) micros() int64 {
	boot := c.often.Boot().Microseconds()
	b := c.believed.Load()
	if b == nil {
		return boot
	}
	return boot + b.offset - max(boot-b.at, 0)/driftShare
}

// millis returns the database's time in Unix milliseconds, rounded down.
func (c *dbClock) millis() int64 { return c.micros() / 1000 }

// until returns how long it is until the given Unix millisecond.
func (c *dbClock) until(millis int64) time.Duration {
	return time.Duration(millis*1000-c.micros()) * time.Microsecond
}
