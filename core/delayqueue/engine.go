package delayqueue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/lease"
	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/outage"
)

// Config tunes the engine. A zero field means the default.
type Config struct {
	LookAhead    time.Duration // how far ahead of its due time a job is claimed: 2 s
	Scan         time.Duration // between two looks for due jobs: 1 s
	Statement    time.Duration // for one use of the database; less than the keeper's Stall: 4 s
	UnknownAfter time.Duration // a kind without a daemon is failed after this: 60 s
	Poison       int           // a job is set aside after so many deaths of its daemon while it ran: 3
	Slots        int           // handlers of all kinds at once; 0: as many as the kinds have
	RetireEvery  time.Duration // between two looks for jobs that are kept no longer: 1 min
	Keep         Retention
	Host         string  // of this machine, as daemons announce it
	Remains      Remains // what is left of dead daemons here; may be nil
	// Announce is told under which id of a daemon this process works, with each lease, so
	// that Remains knows it after its death; may be nil.
	Announce     func(daemon string) error
	RemainsEvery time.Duration // between two looks for them: 10 s
	Default      Limits
	Kinds        map[string]Limits
}

func (c Config) withDefaults() Config {
	c.LookAhead = firstPositive(c.LookAhead, 2*time.Second)
	c.Scan = firstPositive(c.Scan, time.Second)
	c.Statement = firstPositive(c.Statement, 4*time.Second)
	c.UnknownAfter = firstPositive(c.UnknownAfter, time.Minute)
	c.Poison = firstPositive(c.Poison, 3)
	c.RemainsEvery = firstPositive(c.RemainsEvery, remainsEvery)
	c.RetireEvery = firstPositive(c.RetireEvery, retireEvery)
	return c
}

// keeper is what the engine needs of the lease: who this daemon is now, and a way
// to show that its parts still turn.
type keeper interface {
	Current(ctx context.Context) (*lease.Incarnation, error)
	Watch(name string) *lease.Pulse
	Holds(i *lease.Incarnation) bool
	Living() []lease.Daemon
	LivingAt() time.Duration
}

// Engine claims and runs delay jobs. It is a core.Component.
type Engine struct {
	cfg     Config
	open    Opener
	keeper  keeper
	local   clock.Clock
	log     *zap.Logger
	observe Observer

	kinds map[string]*kind
	order []*kind // the same, by name
	clock *dbClock
	hand  *hand
	hints *hints

	statistics *statistics
	pausing    sync.Mutex // held while pauses are read and applied

	// Set by Run, before anything that uses them is started.
	store       Store
	completer   *completer
	startOutage *outage.Outage
	cutOff      atomic.Int64 // handlers that did not end in time
}

var _ core.Component = (*Engine)(nil)

// NewEngine returns an engine for the handlers in reg. observe may be nil.
func NewEngine(cfg Config, reg *core.Registry, open Opener, k keeper, local clock.Clock, log *zap.Logger, observe Observer) *Engine {
	e := &Engine{
		cfg: cfg.withDefaults(), open: open, keeper: k, local: local, log: log, observe: observe,
		kinds: map[string]*kind{}, clock: newDBClock(local), hints: newHints(),
		startOutage: outage.New(log, "marking a job as started"),
	}
	for _, name := range reg.Names() {
		r, _ := reg.Lookup(name)
		k := newKind(r, e.cfg.Kinds[name], e.cfg.Default)
		e.kinds[name] = k
		e.order = append(e.order, k)
	}
	e.statistics = newStatistics()
	e.observe = func(event Event) {
		e.statistics.observe(event)
		observe.tell(event)
	}
	e.hand = newHand(e.run, e.hints.ask, e.cfg.Slots, e.order)
	return e
}

// Name implements core.Component.
func (e *Engine) Name() string { return "delay queue" }

// Queue returns a Queue whose pushes the engine hears of at once.
func (e *Engine) Queue() *Queue {
	return &Queue{open: e.open, observe: e.observe, pushed: e.pushed}
}

// dueSoon tells whether a job in hand falls due before the clock is read again.
func (e *Engine) dueSoon() bool { return e.hand.dueBy(e.clock.millis() + 2*readEvery.Milliseconds()) }

// pushed asks for the kinds of jobs that fall due before the next scan would see them.
func (e *Engine) pushed(jobs []core.DelayQueuePushParams) {
	now := e.clock.micros()
	soon := now/1000 + e.cfg.LookAhead.Milliseconds()
	for i := range jobs {
		k := e.kinds[jobs[i].ExecCmd]
		if k != nil && DueMillis(&jobs[i], now) <= soon {
			e.hints.ask(k)
		}
	}
}

// Run implements core.Component.
//
// When intake ends, what has not been started is given back at once, so that
// other daemons can take it, and running handlers may finish; when work ends
// their contexts are cancelled with core.ErrDrain. The completer ends last.
func (e *Engine) Run(intake, work context.Context) error {
	store, err := e.open(intake)
	if err != nil {
		if intake.Err() != nil {
			return nil
		}
		return fmt.Errorf("opening the delay queue: %w", err)
	}
	e.store = store
	stopCompleter := e.startCompleter()

	defer context.AfterFunc(intake, e.hand.stopStarting)()
	var parts sync.WaitGroup
	parts.Go(func() { e.runTimer(intake) })
	parts.Go(func() { e.clock.follow(intake, e.store, e.cfg.Statement, e.dueSoon) })
	parts.Go(func() { e.runRescuer(intake) })
	parts.Go(func() { e.runLookout(intake) })
	parts.Go(func() { e.runRetirer(intake) })
	parts.Go(func() { e.runStatistics(intake) })
	parts.Go(func() { e.runAnnouncer(intake) })
	parts.Go(func() { e.runPostMortem(intake) })
	parts.Go(func() { e.runProgress(intake) })
	parts.Go(func() { e.runRequests(intake) })
	for intake.Err() == nil {
		e.serve(intake, work)
	}
	parts.Wait()
	return e.drain(work, stopCompleter)
}

// serve claims under one incarnation until it is lost or intake ends.
func (e *Engine) serve(intake, work context.Context) {
	inc, err := e.keeper.Current(intake)
	if err != nil {
		return // only intake's end makes Current give up
	}
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(work))
	g := &generation{owner: inc.ID(), ctx: ctx, holds: func() bool { return e.keeper.Holds(inc) }}
	context.AfterFunc(work, func() { cancel(core.ErrDrain) })
	context.AfterFunc(inc.Context(), func() {
		if errors.Is(context.Cause(inc.Context()), core.ErrLeaseLost) {
			cancel(core.ErrLeaseLost)
		}
	})
	claiming, stop := context.WithCancel(intake)
	defer stop()
	defer context.AfterFunc(inc.Context(), stop)()
	e.learnPauses(claiming)
	e.runClaimer(claiming, g)
	if errors.Is(context.Cause(inc.Context()), core.ErrLeaseLost) {
		cancel(core.ErrLeaseLost) // the function above may not have come to it yet
		gone := e.hand.drop(g)
		e.log.Error("lease lost: jobs in hand are left to the other daemons", zap.Int("not_started", len(gone)))
	}
}

// startCompleter returns a function that lets the completer finish, until the
// given context ends, and returns how many outcomes it could not record.
func (e *Engine) startCompleter() func(hurry context.Context) int {
	pulse := e.keeper.Watch("delay completer")
	e.completer = &completer{
		store: e.store, forget: e.hand.forget, done: e.recorded, unsure: e.hand.setUnsure, rush: e.hand.rush, pulse: pulse.Report, timeout: e.cfg.Statement, log: e.log,
		outage: outage.New(e.log, "recording outcomes of delay jobs"), wake: make(chan struct{}, 1),
	}
	stop, stopNow := context.WithCancel(context.Background())
	hurry, hurryNow := context.WithCancel(context.Background())
	result := make(chan int, 1)
	go func() {
		defer pulse.Close()
		result <- e.completer.run(stop, hurry)
	}()
	return func(ctx context.Context) int {
		defer hurryNow()
		defer context.AfterFunc(ctx, hurryNow)()
		stopNow()
		return <-result
	}
}

// recorded is told of each outcome that is in the database.
func (e *Engine) recorded(j *job, o Outcome, lost bool) {
	event := eventOf(j, o)
	switch {
	case lost:
		event.Type = Discarded
		e.log.Warn("outcome discarded: another daemon has taken over the job", append(about(j, o), zap.Stringer("outcome", o.Status))...)
	case o.Status == core.DelayFailed: // the reason may quote params, so it stands in the row only
		e.log.Warn("delay job failed for good, its row says why", about(j, o)...)
	}
	e.observe.tell(event)
	if !lost && len(o.Successors) > 0 {
		e.pushed(o.Successors)
	}
}

func about(j *job, o Outcome) []zap.Field {
	return []zap.Field{zap.Uint64("task_id", j.ID), zap.String("exec_cmd", j.kind.name), zap.Int("attempt", o.Attempts)}
}

// release gives back claimed jobs, as if they had not been claimed.
func (e *Engine) release(ctx context.Context, jobs []*job) {
	byOwner := map[string][]Held{}
	for _, j := range jobs {
		byOwner[j.gen.owner] = append(byOwner[j.gen.owner], j.held())
	}
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Statement)
	defer cancel()
	for owner, rows := range byOwner {
		if _, err := e.store.Release(ctx, owner, rows); err != nil {
			e.log.Warn("could not give back jobs; they are freed within seconds, or else when this daemon's lease ends", zap.Int("jobs", len(rows)), zap.Error(err))
		}
	}
	e.hand.forget(jobs...)
	for _, j := range jobs {
		e.observe.tell(Event{Type: Released, ID: j.ID, Kind: j.kind.name, Name: j.Name, Attempt: j.Attempts + 1, Due: time.UnixMilli(j.Due)})
	}
}
