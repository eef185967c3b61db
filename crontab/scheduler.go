package crontab

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/outage"
)

// Why a tick was not decided in its time.
const (
	nobodyRan    = "no daemon of this partition was running"
	databaseAway = "the database could not be reached, so that nobody could get the permission to run it"
	stoodStill   = "the daemon did not get to it in time"
)

// Observer is told of each tick and run that comes to its end by this daemon: the
// end of a run that it started, and what it decided of others. Whatever daemons
// there are, one of them tells. It must not block, and is called by two goroutines.
type Observer func(r Run)

// Scheduler decides the ticks of a partition together with the schedulers of the
// other daemons of that partition. It is a core.Component.
type Scheduler struct {
	cfg      Config
	open     Opener
	launcher *Launcher
	outcomes Outcomes
	log      *zap.Logger
	observe  Observer
	clock    *timeline
	place    Place
	self     Process

	ledger  *Ledger  // set by Run, before anything that uses it is started
	reaper  reaper   // of the watcher
	watched *watched // of the watcher
	token   uint64   // of the ticks at hand, kept until they are decided for certain
	entries map[string]*tracked
	began   time.Duration // when Run was called, on the local clock

	decided atomic.Int64 // up to when all is decided, on the local clock

	mu      sync.Mutex
	applied []Entry       // what Apply was last given
	fresh   bool          // applied was not looked at yet
	changed chan struct{} // 1: look at applied
	held    uint64        // the token under which starts are being made
	runs    *children     // of this daemon

	ending  chan struct{}  // closed when nothing more is decided
	retries sync.WaitGroup // of starts
}

var _ core.Component = (*Scheduler)(nil)

// New returns a scheduler without entries: see Apply. observe may be nil.
func New(cfg Config, open Opener, launcher *Launcher, outcomes Outcomes, local clock.Clock, log *zap.Logger, observe Observer) *Scheduler {
	s := &Scheduler{
		cfg: cfg.withDefaults(), open: open, launcher: launcher, outcomes: outcomes, log: log, observe: observe,
		clock: &timeline{local: local}, place: Here(), self: Self(), watched: newWatched(local),
		entries: map[string]*tracked{}, changed: make(chan struct{}, 1), runs: newChildren(), ending: make(chan struct{}),
	}
	s.reaper.awaited = s.runs.has
	return s
}

// Name implements core.Component.
func (s *Scheduler) Name() string { return "cron" }

// Apply makes these the entries of the partition, before Run or while it runs.
// Those that stay as they are go on without a break; runs that go on are left
// alone. Where one cannot be scheduled, all stay as they were.
func (s *Scheduler) Apply(all []conf.CronEntry, loc *time.Location, timeouts Timeouts) error {
	entries, err := NewEntries(all, loc, timeouts)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.applied, s.fresh = entries, true
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default: // it is going to look anyway
	}
	return nil
}

// Run implements core.Component.
//
// When intake ends it decides no more ticks; what it has the permission for is
// started first. It waits for no run: those go on without it. When work ends, so
// does whatever it still tells the database.
func (s *Scheduler) Run(intake, work context.Context) error {
	s.began = s.clock.local.Boot()
	s.decided.Store(int64(s.began))
	ledger, err := s.open(intake)
	if err != nil {
		if intake.Err() != nil {
			return nil
		}
		return fmt.Errorf("opening the ledger of cron runs: %w", err)
	}
	s.ledger = ledger
	var watcher sync.WaitGroup
	watcher.Go(func() { s.watch(intake, work) })
	defer s.retries.Wait()
	defer watcher.Wait() // which may start runs too
	defer close(s.ending)

	away := outage.New(s.log, "deciding cron ticks")
	for intake.Err() == nil {
		pause := time.Duration(0)
		if err := s.turn(work); err != nil {
			s.excuse(databaseAway)
			pause = away.Failed(err)
		} else {
			away.OK()
			s.decided.Store(int64(s.clock.local.Boot()))
			pause = s.untilNext()
		}
		s.rest(intake, pause)
	}
	return nil
}

// Behind returns for how long ticks may be due that are not decided: about a
// second while all is well, more while the database is away or the scheduler
// hangs. It may be called at any time; before Run it is 0.
func (s *Scheduler) Behind() time.Duration {
	decided := time.Duration(s.decided.Load())
	if decided == 0 {
		return 0
	}
	return s.clock.local.Boot() - decided
}

// longestRest is how long the scheduler does not look at the time: timers stand
// still while a machine is suspended.
const longestRest = time.Second

// untilNext returns how long there is nothing to do.
func (s *Scheduler) untilNext() time.Duration {
	now := s.clock.now()
	rest := longestRest
	for _, t := range s.entries {
		if next := t.Schedule.Next(t.pos); !next.IsZero() {
			rest = min(rest, next.Sub(now))
		}
	}
	return max(rest, 0)
}

// rest waits for a time, or until there are other entries.
func (s *Scheduler) rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-s.changed:
	case <-ctx.Done():
	}
}

// statement returns a context for one use of the database. It ends with work and
// not with intake: what has been begun is finished, so that its outcome is known.
func statement(work context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(work, statementTimeout)
}

// excuse notes why what is late from now on is late.
func (s *Scheduler) excuse(why string) {
	for _, t := range s.entries {
		t.excuse = why
	}
}
