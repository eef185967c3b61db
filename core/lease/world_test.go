package lease_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"simplest_script/core/lease"
)

// budget is the one of production; the bubble's time costs nothing.
var budget = lease.Config{
	Beat: 2 * time.Second, Stop: 7 * time.Second, Verdict: 9 * time.Second, Scan: time.Second, Stall: 5 * time.Second,
}

// bootClock follows the time of the bubble. While it is frozen nobody gets an
// answer from it. A keeper looks at the clock before anything that it does, so
// that this halts it as SIGSTOP halts a process.
type bootClock struct {
	start time.Time

	mu    sync.Mutex
	ahead time.Duration
	ice   chan struct{} // closed, or nil, while the clock runs
}

func (c *bootClock) Wall() time.Time { return time.Now() }

func (c *bootClock) Boot() time.Duration {
	c.thawed()
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.start) + c.ahead
}

// thawed waits while the clock is frozen.
func (c *bootClock) thawed() {
	c.mu.Lock()
	ice := c.ice
	c.mu.Unlock()
	if ice != nil {
		<-ice
	}
}

// freeze halts the daemon of the clock until the returned function is called.
func (c *bootClock) freeze() (thaw func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ice := make(chan struct{})
	c.ice = ice
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.ice = nil
		close(ice)
	})
}

// jump is what a suspended machine finds when it wakes up.
func (c *bootClock) jump(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += d
}

// act is a kind of statement.
type act string

const (
	begin   act = "begin"
	beat    act = "beat"
	living  act = "living"
	condemn act = "condemn"
	end     act = "end"
)

var everything = []act{begin, beat, living, condemn, end}

// table is the database: the rows, and the verdicts in the order in which they came.
type table struct {
	mu       sync.Mutex
	rows     []lease.Daemon
	why      map[string]string
	verdicts []verdict

	onVerdict func(by string, victim lease.Daemon) // called in the moment of a verdict
	forgets   []time.Duration                      // the ages that Forget was asked for
}

type verdict struct {
	by, id, why string
	at          time.Time
}

func (tb *table) row(id string) *lease.Daemon {
	if i := slices.IndexFunc(tb.rows, func(d lease.Daemon) bool { return d.ID == id }); i >= 0 {
		return &tb.rows[i]
	}
	return nil
}

func (tb *table) begin(id string, who lease.Identity) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if d := tb.row(id); d != nil {
		d.Seq++
		return
	}
	tb.rows = append(tb.rows, lease.Daemon{ID: id, Seq: 1, Identity: who})
}

func (tb *table) beat(id string) bool {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	d := tb.row(id)
	if d == nil || d.Dead {
		return false
	}
	d.Seq++
	return true
}

func (tb *table) living() []lease.Daemon {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(tb.rows), func(d lease.Daemon) bool { return d.Dead })
}

func (tb *table) kill(by, id string, seq uint64, why string) bool {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	d := tb.row(id)
	if d == nil || d.Dead || d.Seq != seq {
		return false
	}
	if tb.onVerdict != nil {
		tb.onVerdict(by, *d)
	}
	d.Dead = true
	tb.why[id] = why
	tb.verdicts = append(tb.verdicts, verdict{by, id, why, time.Now()})
	return true
}

func (tb *table) end(id string) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if d := tb.row(id); d != nil && !d.Dead {
		d.Dead = true
		tb.why[id] = "ended"
	}
}

func (tb *table) get(id string) lease.Daemon {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	if d := tb.row(id); d != nil {
		return *d
	}
	return lease.Daemon{}
}

func (tb *table) all() []verdict {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return slices.Clone(tb.verdicts)
}

// foreign are the verdicts of one daemon about another.
func (tb *table) foreign() []verdict {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(tb.verdicts), func(v verdict) bool { return tb.row(v.id).Host == v.by })
}

// line is one daemon's way to the table.
type line struct {
	name  string
	table *table
	clock *bootClock

	mu     sync.Mutex
	gates  map[act]chan struct{}
	deaf   bool           // statements that hang do not notice the end of their context
	before map[act]func() // called before a statement takes effect
	fails  map[act]error  // what a statement answers, though it took effect
	sent   map[act]int
}

// hang lets statements of these kinds hang until the returned function is called.
// One that is given up before takes effect when the hanging ends, as a server does
// with what it has received.
func (l *line) hang(acts ...act) (release func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	gate := make(chan struct{})
	for _, a := range acts {
		l.gates[a] = gate
	}
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, a := range acts {
			if l.gates[a] == gate {
				delete(l.gates, a)
			}
		}
		close(gate)
	})
}

func (l *line) do(ctx context.Context, a act, effect func()) error {
	l.clock.thawed()
	l.mu.Lock()
	l.sent[a]++
	gate, deaf, before, fails := l.gates[a], l.deaf, l.before[a], l.fails[a]
	l.mu.Unlock()
	if gate != nil {
		giveUp := ctx.Done()
		if deaf {
			giveUp = nil
		}
		select {
		case <-gate:
		case <-giveUp:
			go func() { <-gate; effect() }()
			l.clock.thawed()
			return ctx.Err()
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if before != nil {
		before()
	}
	effect()
	l.clock.thawed()
	return fails
}

func (l *line) set(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

func (l *line) count(a act) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.sent[a]
}

func (l *line) Begin(ctx context.Context, id string, who lease.Identity) error {
	return l.do(ctx, begin, func() { l.table.begin(id, who) })
}

func (l *line) Beat(ctx context.Context, id string) (alive bool, err error) {
	var ok bool
	err = l.do(ctx, beat, func() { ok = l.table.beat(id) })
	if err != nil {
		return false, err
	}
	return ok, nil
}

func (l *line) Living(ctx context.Context) (rows []lease.Daemon, err error) {
	var read []lease.Daemon
	if err := l.do(ctx, living, func() { read = l.table.living() }); err != nil {
		return nil, err
	}
	return read, nil
}

func (l *line) Condemn(ctx context.Context, id string, seq uint64, why string) (bool, error) {
	var ok bool
	if err := l.do(ctx, condemn, func() { ok = l.table.kill(l.name, id, seq, why) }); err != nil {
		return false, err
	}
	return ok, nil
}

func (l *line) End(ctx context.Context, id string) error {
	return l.do(ctx, end, func() { l.table.end(id) })
}

func (tb *table) forgotten(age time.Duration) {
	tb.mu.Lock()
	defer tb.mu.Unlock()
	tb.forgets = append(tb.forgets, age)
}

// Forget only counts: no row of these tests is old.
func (l *line) Forget(_ context.Context, age time.Duration) (int64, error) {
	l.table.forgotten(age)
	return 0, nil
}

var errCut = errors.New("connection cut")

// world is a database with daemons around it.
type world struct {
	t     *testing.T
	table *table
	all   []*daemon
}

// daemon is a keeper with everything around it that a test can turn.
type daemon struct {
	*lease.Keeper
	t     *testing.T
	line  *line
	clock *bootClock
	logs  *observer.ObservedLogs
	end   context.CancelFunc
	ended chan struct{}
	err   error // of Run, once it has ended
}

// inWorld runs a test in a bubble of time, and ends all daemons afterwards.
func inWorld(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &world{t: t, table: &table{why: map[string]string{}}}
		defer func() {
			for _, d := range w.all {
				d.end()
				<-d.ended
			}
		}()
		f(t, w)
	})
}

// prepare makes a daemon that does not run yet.
func (w *world) prepare(cfg lease.Config, open func(*line) (lease.Store, error)) *daemon {
	w.t.Helper()
	name := fmt.Sprintf("host%d", len(w.all)+1)
	clk := &bootClock{start: time.Now()}
	logs, observed := observer.New(zap.DebugLevel)
	l := &line{
		name: name, table: w.table, clock: clk,
		gates: map[act]chan struct{}{}, before: map[act]func(){}, fails: map[act]error{}, sent: map[act]int{},
	}
	who := lease.Identity{Host: name, PID: 1, Kinds: []string{"mail"}}
	k := lease.New(cfg, func(context.Context) (lease.Store, error) { return open(l) }, who, clk, zap.New(logs))
	return &daemon{Keeper: k, t: w.t, line: l, clock: clk, logs: observed, ended: make(chan struct{})}
}

func (w *world) run(d *daemon) *daemon {
	ctx, cancel := context.WithCancel(w.t.Context())
	d.end = cancel
	w.all = append(w.all, d)
	go func() {
		defer close(d.ended)
		d.err = d.Run(ctx)
	}()
	return d
}

// start runs a daemon and waits for its lease.
func (w *world) start() (*daemon, *lease.Incarnation) {
	w.t.Helper()
	d := w.run(w.prepare(budget, func(l *line) (lease.Store, error) { return l, nil }))
	return d, d.incarnation()
}

// incarnation waits for the lease.
func (d *daemon) incarnation() *lease.Incarnation {
	d.t.Helper()
	inc, err := d.Current(d.t.Context())
	require.NoError(d.t, err)
	return inc
}

// hang lets the whole database hang for everybody.
func (w *world) hang(acts ...act) (release func()) {
	var all []func()
	for _, d := range w.all {
		all = append(all, d.line.hang(acts...))
	}
	return func() {
		for _, f := range all {
			f()
		}
	}
}

// works tells whether somebody who asks now may work as inc.
func works(inc *lease.Incarnation) bool { return inc.Context().Err() == nil }

// pass lets time go by in the bubble, until nothing is left to do at its end.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// fieldOf is a field of a log line, as text.
func fieldOf(line observer.LoggedEntry, name string) string {
	return fmt.Sprint(line.ContextMap()[name])
}
