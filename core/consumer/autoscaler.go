package consumer

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
)

// remembered is how many decisions are kept.
const remembered = 64

// autoscaler looks at the lag of an entry again and again and sets the number of
// its workers.
type autoscaler struct {
	limits Limits
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
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		d, f := a.totals()
		a.look(ctx, d-done, f-failed)
		done, failed = d, f
	}
}

// look takes one reading and acts on it.
func (a *autoscaler) look(ctx context.Context, done, failed int64) {
	ctx, cancel := context.WithTimeout(ctx, a.every)
	defer cancel()
	lag, err := a.lag(ctx)
	if ctx.Err() != nil && err == nil {
		err = ctx.Err()
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	now := Reading{At: time.Now(), Workers: a.workers, Lag: lag.Messages - lag.Stuck, LagErr: err, Done: done, Failed: failed, Stuck: lag.Stuck}
	n, reason := Desired(a.limits, now, a.history)
	a.history = append(a.history, Decision{Reading: now, Desired: n, Reason: reason})
	if len(a.history) > remembered {
		a.history = a.history[len(a.history)-remembered:]
	}
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
