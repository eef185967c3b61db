package consumer

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
)

// autoscaler looks at the lag of an entry again and again and sets the number of
// its workers.
type autoscaler struct {
	limits Limits
	order  Order
	every  time.Duration
	lag    func(ctx context.Context) (core.Lag, error)
	totals func() (done, failed int64)
	resize func(n int)
	log    *zap.Logger

	mu      sync.Mutex
	workers int
	history []Decision
}

// run looks until ctx ends.
func (a *autoscaler) run(ctx context.Context) {
	tick := time.NewTicker(a.every)
	defer tick.Stop()
	done, failed := a.totals()
	last := time.Now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		d, f := a.totals()
		now := time.Now()
		a.look(ctx, Reading{At: now, Over: now.Sub(last), Done: d - done, Failed: f - failed})
		last, done, failed = now, d, f
	}
}

// look completes a reading with the lag, and acts on it.
func (a *autoscaler) look(ctx context.Context, now Reading) {
	ctx, cancel := context.WithTimeout(ctx, a.every)
	defer cancel()
	lag, err := a.lag(ctx)
	if ctx.Err() != nil && err == nil {
		err = ctx.Err()
	}
	now.Lag, now.LagErr, now.Stuck = lag.Messages-lag.Stuck, err, lag.Stuck
	if a.order == ByPartition {
		now.Lanes = lag.Lanes
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now.Workers = a.workers
	n, reason := Desired(a.limits, now, a.history)
	a.history = a.limits.keep(append(a.history, Decision{Reading: now, Desired: n, Reason: reason}), now.At)
	if n != a.workers {
		a.log.Info("scaling workers", zap.Int("from", a.workers), zap.Int("to", n), zap.Int64("lag", now.Lag), zap.String("why", reason))
		a.workers = n
		a.resize(n)
	}
}

// decisions returns what was decided, the newest last.
func (a *autoscaler) decisions() []Decision {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]Decision(nil), a.history...)
}
