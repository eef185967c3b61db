package lease

import (
	"cmp"
	"fmt"
	"time"
)

// The time budget where nothing else is said. Together they find a death within
// eleven seconds while the database answers.
const (
	defaultBeat    = 2 * time.Second
	defaultStop    = 7 * time.Second
	defaultVerdict = 9 * time.Second
	defaultScan    = time.Second
	defaultStall   = 5 * time.Second
)

// freshBeats is after how many times Beat a good beat no longer shows that the
// database takes what this daemon writes.
const freshBeats = 2

// Config is the time budget of a lease. All daemons of one database should use
// the same. A zero field has its default.
type Config struct {
	Beat    time.Duration // between two beats: 2 s
	Stop    time.Duration // a daemon stops itself when the last good beat was sent so long ago: 7 s
	Verdict time.Duration // a daemon is declared dead when its beats were not seen for so long: 9 s
	Scan    time.Duration // between two looks at the others: 1 s
	Stall   time.Duration // a part of this daemon that was silent for so long stops the beat: 5 s
}

func (c Config) withDefaults() Config {
	return Config{
		Beat:    cmp.Or(c.Beat, defaultBeat),
		Stop:    cmp.Or(c.Stop, defaultStop),
		Verdict: cmp.Or(c.Verdict, defaultVerdict),
		Scan:    cmp.Or(c.Scan, defaultScan),
		Stall:   cmp.Or(c.Stall, defaultStall),
	}
}

// check refuses a budget under which two daemons would do the same work.
func (c Config) check() error {
	switch {
	case min(c.Beat, c.Scan, c.Stall) <= 0:
		return fmt.Errorf("lease: Beat (%v), Scan (%v) and Stall (%v) must be more than zero", c.Beat, c.Scan, c.Stall)
	case c.Stop <= c.Beat:
		return fmt.Errorf("lease: Stop (%v) must be longer than Beat (%v), or every daemon stops itself between two beats", c.Stop, c.Beat)
	case c.Verdict <= c.Stop:
		return fmt.Errorf("lease: Verdict (%v) must be longer than Stop (%v), or a daemon is declared dead while it still works", c.Verdict, c.Stop)
	case c.Verdict <= c.Scan:
		return fmt.Errorf("lease: Verdict (%v) must be longer than Scan (%v), or one look would decide", c.Verdict, c.Scan)
	}
	return nil
}

// timeout is the deadline of one statement: two tries fit between a beat that
// fails and the own stop.
func (c Config) timeout() time.Duration { return (c.Stop - c.Beat) / 2 }

// retry is the pause after a beat that failed or was withheld.
func (c Config) retry() time.Duration { return c.Beat / 4 }

// glance is the longest time between two looks at the clock that counts towards
// the own stop. Timers stand still while a machine is suspended, that clock does not.
func (c Config) glance() time.Duration { return min(c.Stop/10, time.Second) }

// verdictWithin is the longest time from a death to its verdict while the
// database answers at once.
func (c Config) verdictWithin() time.Duration { return c.Verdict + 2*c.Scan }
