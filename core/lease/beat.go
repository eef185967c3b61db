package lease

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"
)

// Pauses grow up to these multiples of Beat.
const (
	pauseAway = 2  // between two tries to reach the database
	pauseSick = 30 // between two incarnations that were lost to a silent part
)

// beater begins incarnations and keeps them alive. One goroutine uses it.
type beater struct {
	*Keeper
	store  Store
	away   trouble
	silent trouble
	sick   *backoff.ExponentialBackOff
}

func newBeater(k *Keeper) *beater {
	return &beater{
		Keeper: k,
		away: trouble{
			log:  k.log,
			what: "the database does not answer; delay work stops here until it does (nothing to do but to bring it back)",
			over: "the database answers again",
		},
		silent: trouble{
			log:  k.log,
			what: "a part of this daemon hangs; the beat is withheld until it reports again",
			over: "all parts of this daemon report again",
		},
		sick: k.pauses(pauseSick),
	}
}

// connect opens the store.
func (b *beater) connect(ctx context.Context) error {
	return b.insist(ctx, func() (err error) {
		if b.store, err = b.open(ctx); err != nil {
			return fmt.Errorf("connecting for the lease of this daemon: %w", err)
		}
		return nil
	})
}

// run lives one incarnation after the other.
func (b *beater) run(ctx context.Context) error {
	for {
		inc, err := b.begin(ctx)
		if err != nil {
			return err
		}
		healthy := b.live(ctx, inc)
		if ctx.Err() != nil {
			b.retire(inc, context.Canceled, "")
			b.end(ctx, inc.id)
			return nil
		}
		// A part that hangs for good would otherwise cost a new row every few
		// seconds. The lease is not held back until that part reports, since it may
		// be waiting for the lease itself.
		if healthy {
			b.sick.Reset()
		} else if !sleep(ctx, b.sick.NextBackOff()) {
			return nil
		}
	}
}

// begin writes the row of a new incarnation. All tries use one id, so that one
// whose outcome is unknown leaves no row behind that nobody keeps.
func (b *beater) begin(ctx context.Context) (*Incarnation, error) {
	id := newID()
	var sent time.Duration
	err := b.insist(ctx, func() error {
		call, done := b.deadline(ctx)
		defer done()
		sent = b.boot()
		return b.store.Begin(call, id, b.who)
	})
	if err != nil {
		if ctx.Err() != nil {
			b.end(ctx, id)
		}
		return nil, err
	}
	inc := newIncarnation(ctx, id, sent)
	b.publish(inc)
	b.log.Info("lease begun", zap.String("incarnation", id))
	return inc, nil
}

// live beats until inc is lost or ctx ends. It tells whether the parts of this
// daemon showed that they work under inc.
func (b *beater) live(ctx context.Context, inc *Incarnation) (healthy bool) {
	life, stop := context.WithCancel(inc.ctx)
	defer context.AfterFunc(ctx, stop)()
	var guard sync.WaitGroup
	guard.Go(func() { b.guard(life, inc) })
	defer guard.Wait()
	defer stop()

	pause := b.cfg.Beat
	for sleep(life, pause) {
		sent := b.boot()
		if b.beat(life, inc, sent) {
			healthy = healthy || sent-inc.begun > b.cfg.Stall
			pause = max(b.cfg.retry(), b.cfg.Beat-(b.boot()-sent))
		} else {
			pause = b.cfg.retry()
		}
	}
	return healthy
}

// beat tells the database once that inc lives, and whether that worked.
func (b *beater) beat(ctx context.Context, inc *Incarnation, now time.Duration) bool {
	if inc.age(now) >= b.cfg.Stop {
		b.stop(inc, now) // woken together with the guard: too late to beat
		return false
	}
	if names := b.parts.silent(now, inc.begun, b.cfg.Stall); len(names) > 0 {
		b.silent.persists(now, zap.Strings("parts", names))
		return false
	}
	b.silent.passed(now)
	call, done := b.deadline(ctx)
	defer done()
	alive, err := b.store.Beat(call, inc.id)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			b.away.persists(b.boot(), zap.Error(err))
		}
		return false
	case !alive:
		b.lose(inc, "it was declared dead in the database")
		return false
	}
	b.away.passed(b.boot())
	inc.good.Store(int64(now))
	return true
}

// end declares an own incarnation dead, after ctx has ended. Where that fails the
// others find out after a verdict.
func (b *beater) end(ctx context.Context, id string) {
	call, done := b.deadline(context.WithoutCancel(ctx))
	defer done()
	if err := b.store.End(call, id); err != nil {
		b.log.Warn("the end of this daemon could not be written; the other daemons will notice it",
			zap.String("incarnation", id), zap.Duration("within", b.cfg.verdictWithin()), zap.Error(err))
	}
}
