package delayqueue

import (
	"cmp"
	"time"

	"simplest_script/core"
	"simplest_script/core/middleware"
)

// Limits are how jobs of a kind are run. A zero field means the default.
type Limits struct {
	Concurrency int           // handlers at once in this daemon
	MaxAttempts int           // tries before a job has failed
	Timeout     time.Duration // of one attempt; 0: none
	MaxLate     time.Duration // a job that could not start within this of its due time is skipped; 0: however late
	Rate        float64       // starts per second of all daemons together; 0: no limit
	Priority    int           // who is given a scarce slot first: the highest
}

const (
	defaultConcurrency = 10
	defaultAttempts    = 5
	// aheadOfSlots is how much work a kind may have in hand beyond what runs,
	// measured in time: little enough that other daemons find work too and that a
	// stop releases it quickly, enough that no slot waits for the next claim.
	aheadOfSlots = 500 * time.Millisecond
	// aheadOfRate is the same for a kind that has a rate.
	aheadOfRate = 2 * time.Second
	// firstHand is how many jobs per slot are taken while nothing is known about
	// how long the handler takes. What turns out to be too many is given back at once.
	firstHand = 1000
	leastHand = 2
	// mostRuns is over how many runs, more or less, their duration is averaged; what
	// fewRuns say is not reason enough to give jobs back.
	mostRuns = 256
	fewRuns  = 8
	// mostOut bounds the jobs of a kind that were started and are not recorded: what
	// a crash may run twice. It is what falls due in one instant and can be recorded
	// within half a second or so; fewOut takes its place while recording fails.
	mostOut = 20_000
	fewOut  = 1000
	// mostBackoff keeps exec_time within its column.
	mostBackoff = 365 * 24 * time.Hour
	// mostHand and mostInAll bound the memory of what is in hand, of one kind and of
	// all together, however much falls due.
	mostHand  = 20_000
	mostInAll = 40_000
)

// kind is one exec_cmd: its handler, its limits, and where its jobs in hand are.
// The fields below the line are guarded by hand.mu.
type kind struct {
	name    string
	handler core.Handler
	limits  Limits
	backoff func(attempt int) time.Duration

	ready  []*job        // due, waiting for a slot
	active []*job        // given to slots
	inHand int           // claimed and not started
	out    int           // started and not yet recorded
	busy   time.Duration // of the last runs together
	runs   int
	first  time.Time // when the first was started
	more   bool      // the last look did not see all that falls due soon: there is probably more
	behind bool      // and some of it is due already
	paused bool      // nothing is to be started
	bucket *bucket   // this daemon's part of the rate; nil: no limit
}

func newKind(reg core.Registration, override, fallback Limits) *kind {
	l := Limits{
		Concurrency: firstPositive(override.Concurrency, reg.Options.Concurrency, fallback.Concurrency, defaultConcurrency),
		MaxAttempts: firstPositive(override.MaxAttempts, reg.Options.MaxAttempts, fallback.MaxAttempts, defaultAttempts),
		Timeout:     firstPositive(override.Timeout, reg.Options.Timeout, fallback.Timeout),
		MaxLate:     firstPositive(override.MaxLate, reg.Options.MaxLate),
		Rate:        firstPositive(override.Rate, reg.Options.Rate),
		Priority:    cmp.Or(override.Priority, reg.Options.Priority),
	}
	backoff := reg.Options.Backoff
	if backoff == nil {
		backoff = defaultBackoff()
	}
	return &kind{
		name:    reg.ExecCmd,
		handler: middleware.Recover(reg.Handler),
		limits:  l,
		backoff: backoff,
	}
}

func firstPositive[T int | float64 | time.Duration](values ...T) T {
	for _, v := range values {
		if v > 0 {
			return v
		}
	}
	return 0
}

func defaultBackoff() func(attempt int) time.Duration {
	return core.ExponentialBackoff(2*time.Second, time.Hour)
}

// pause returns how long a job waits after the given attempt: what the backoff of
// the registration says, within what the column exec_time can hold. A backoff
// that panics, or calls runtime.Goexit, is replaced by the default.
func (k *kind) pause(attempt int) time.Duration {
	var d time.Duration
	if middleware.Apart(func() { d = k.backoff(attempt) }) != nil {
		d = defaultBackoff()(attempt)
	}
	return min(max(d, 0), mostBackoff)
}

// capacity is how many jobs may be in hand and not started.
func (k *kind) capacity() int {
	if k.bucket != nil {
		return min(k.bySlots(), max(int(k.bucket.rate*aheadOfRate.Seconds()), leastHand))
	}
	return k.bySlots()
}

func (k *kind) bySlots() int {
	slots := k.limits.Concurrency
	most, took := mostHand, k.duration()
	if took == 0 {
		most = min(firstHand*slots, mostHand)
		if k.first.IsZero() {
			return most
		}
		took = max(time.Since(k.first), time.Microsecond) // none has returned yet
	}
	return min(max(int(aheadOfSlots*time.Duration(slots)/took), leastHand*slots), most)
}

// surplus is how many due jobs are better off with other daemons: all above the
// capacity, where they are twice as many. What falls due later does not count: it
// takes no slot from them, and is claimed before anybody knows how long they take.
func (k *kind) surplus() int {
	most := k.capacity()
	if len(k.ready) <= 2*most || k.runs > 0 && k.runs < fewRuns {
		return 0
	}
	return len(k.ready) - most
}

// rush tells whether jobs are ready that the slots of k will all have begun within a
// moment, as quick as its handler has been.
func (k *kind) rush() bool {
	n, took := time.Duration(len(k.ready)), k.duration()
	return n > 0 && took > 0 && n*took <= moment*time.Duration(k.limits.Concurrency) && !k.paused && k.bucket == nil
}

// learn takes the duration of one run into the average; 0 means that the handler
// was not called.
func (k *kind) learn(d time.Duration) {
	if d == 0 {
		return
	}
	if k.runs == mostRuns {
		k.busy, k.runs = k.busy/2, k.runs/2
	}
	k.busy, k.runs = k.busy+max(d, time.Microsecond), k.runs+1
}

// duration is how long the handler took on average over the last runs, 0 where
// there was none. It is a mean of many: where a core is short, a run of microseconds
// now and then takes milliseconds.
func (k *kind) duration() time.Duration {
	if k.runs == 0 {
		return 0
	}
	return k.busy / time.Duration(k.runs)
}
