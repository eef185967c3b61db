// Package outage tells the log about a service that is away: once when it goes,
// each half minute while it is gone, once when it is back. In between it says how
// long to wait before the next try, so that nothing spins.
package outage

import (
	"math/rand/v2"
	"sync"
	"time"

	"go.uber.org/zap"
)

const (
	firstPause = 50 * time.Millisecond
	longest    = 2 * time.Second
	repeat     = 30 * time.Second
)

// Outage follows one use of one service. It may be used by several goroutines.
type Outage struct {
	log  *zap.Logger
	what string

	mu     sync.Mutex
	since  time.Time // zero while all is well
	logged time.Time
	pause  time.Duration
}

// New returns an Outage whose log lines speak of what, such as "claiming delay jobs".
func New(log *zap.Logger, what string) *Outage { return &Outage{log: log, what: what} }

// Failed notes a failure and returns how long to wait before the next try: twice
// as long each time, up to two seconds, with jitter.
func (o *Outage) Failed(err error) time.Duration {
	o.mu.Lock()
	defer o.mu.Unlock()
	now := time.Now()
	switch {
	case o.since.IsZero():
		o.since, o.logged, o.pause = now, now, firstPause
		o.log.Warn("service away, trying again", zap.String("doing", o.what), zap.Error(err))
	case now.Sub(o.logged) >= repeat:
		o.logged = now
		o.log.Warn("service still away", zap.String("doing", o.what), zap.Duration("for", now.Sub(o.since).Round(time.Second)), zap.Error(err))
	}
	pause := o.pause
	o.pause = min(2*o.pause, longest)
	return pause/2 + rand.N(pause/2+1)
}

// OK notes a success.
func (o *Outage) OK() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.since.IsZero() {
		o.log.Info("service is back", zap.String("doing", o.what), zap.Duration("after", time.Since(o.since).Round(time.Millisecond)))
		o.since = time.Time{}
	}
}
