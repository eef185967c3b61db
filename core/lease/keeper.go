package lease

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/tool/clock"
)

// Keeper keeps the lease of this daemon and judges the other daemons. All methods
// but Run are safe for concurrent use, before, during and after Run.
type Keeper struct {
	cfg   Config
	open  func(context.Context) (Store, error)
	who   Identity
	clk   clock.Clock
	log   *zap.Logger
	parts parts

	mu       sync.Mutex
	current  *Incarnation      // nil while there is no lease
	changed  chan struct{}     // closed, and replaced, when current is set
	former   map[string]string // own incarnations that were lost, and why, until they are known to be dead
	living   []Daemon
	livingAt time.Duration // when the reading of living was sent, on the Boot clock
}

// New prepares the keeper of a daemon's lease, without I/O. open is called inside
// Run, again and again until it works. The store should have connections of its
// own, two of them: one for the beat and one for judging. A beat that waits for a
// connection in a busy pool would cost the daemon its lease.
func New(cfg Config, open func(ctx context.Context) (Store, error), who Identity, clk clock.Clock, log *zap.Logger) *Keeper {
	return &Keeper{
		cfg:     cfg.withDefaults(),
		open:    open,
		who:     who,
		clk:     clk,
		log:     log,
		changed: make(chan struct{}),
		former:  make(map[string]string),
	}
}

// Run beats and judges until ctx ends, then ends the incarnation in good order
// and returns nil. An outage of the database is waited out. Run returns an error
// where waiting does not help: the server refuses this daemon, or the time budget
// makes no sense. It is called once, and its ctx must end after everything that
// works under the lease has ended.
func (k *Keeper) Run(ctx context.Context) error {
	if err := k.cfg.check(); err != nil {
		return err
	}
	b := newBeater(k)
	if err := b.connect(ctx); err != nil {
		return unlessEnded(ctx, err)
	}
	judging, stop := context.WithCancel(ctx)
	var judge sync.WaitGroup
	judge.Go(func() { newJudge(k, b.store).run(judging) })
	defer judge.Wait()
	defer stop()
	return unlessEnded(ctx, b.run(ctx))
}

// Current waits until this daemon has a lease, and returns the incarnation that
// holds it. It fails only with ctx, and always once that has ended.
func (k *Keeper) Current(ctx context.Context) (*Incarnation, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("waiting for the lease of this daemon: %w", err)
		}
		k.mu.Lock()
		inc, changed := k.current, k.changed
		k.mu.Unlock()
		// After a pause of the process the lease may be over before the guard, which
		// wakes at the same time, has said so.
		if inc != nil && inc.age(k.boot()) < k.cfg.Stop {
			return inc, nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
		}
	}
}

// Watch registers a part of the daemon without whose reports it does not beat.
// The part calls Report at least once in each second, and Close when it ends. Its
// statements need deadlines shorter than Config.Stall. While it waits in Current
// it need not report.
func (k *Keeper) Watch(name string) *Pulse { return k.parts.add(name, k.clk) }

// Holds tells whether an incarnation may still begin work: it is the current one,
// and its last good beat is younger than Stop. After a halt of this process it
// says no before the incarnation's context has ended.
func (k *Keeper) Holds(i *Incarnation) bool {
	return i.ctx.Err() == nil && i.age(k.boot()) < k.cfg.Stop
}

// LivingAt returns when Living was last read, on the Boot clock; 0: never.
func (k *Keeper) LivingAt() time.Duration {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.livingAt
}

// Living lists the daemons that live, this one included, with the kinds of delay
// jobs that they announce, as the last good read found them. It is empty until
// the first one, and old while the database is away.
func (k *Keeper) Living() []Daemon {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.living)
}

// publish makes inc the one that Current returns.
func (k *Keeper) publish(inc *Incarnation) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.current = inc
	close(k.changed)
	k.changed = make(chan struct{})
}

// lose ends an incarnation that may not work any more.
func (k *Keeper) lose(inc *Incarnation, why string) {
	if k.retire(inc, core.ErrLeaseLost, why) {
		k.log.Error("lease lost: running delay work is abandoned here, and may be done by another daemon",
			zap.String("incarnation", inc.id), zap.String("why", why))
	}
}

// retire takes inc out of use, once. One that was lost is remembered, with the
// reason, until it is known to be dead. Its context ends under the same lock, so
// that nobody reads here that it is lost while its work still goes on.
func (k *Keeper) retire(inc *Incarnation, cause error, why string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.current != inc {
		return false
	}
	inc.cancel(cause)
	k.current = nil
	if why != "" {
		k.former[inc.id] = why
	}
	return true
}

// boot reads the clock by which leases are measured.
func (k *Keeper) boot() time.Duration { return k.clk.Boot() }

// deadline bounds one statement.
func (k *Keeper) deadline(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, k.cfg.timeout())
}
