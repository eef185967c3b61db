package redislist

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// renew moves the deadlines of all batches that are open, or not yet acknowledged.
// A daemon that was halted learns from its own clock that it is too late, before it
// asks.
func (k *keeper) renew(ctx context.Context) error {
	k.fence()
	k.mu.Lock()
	held := k.ledger.unsettled()
	k.mu.Unlock()
	if len(held) == 0 {
		return nil
	}
	sent := k.clock.Boot()
	gone, err := k.scripts.renew.Run(ctx, k.client, append([]string{k.keys.batches}, namesOf(held)...), k.lease.Milliseconds()).StringSlice()
	if err != nil {
		k.fence()
		return fmt.Errorf("renewing the lease of messages of the Redis list %s: %w", k.keys.list, err)
	}
	k.trouble.OK()
	k.lose(gone)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, b := range held {
		if !b.lost {
			b.sure = sent
		}
	}
	k.until = sent + k.lease
	for _, b := range k.ledger.held() { // some came in the meantime
		k.until = min(k.until, b.sure+k.lease)
	}
	return nil
}

// over tells whether the lease of messages that are out has not been renewed within
// its length: others may have them by now. The caller holds the lock.
func (l *lane) over(now time.Duration) bool {
	return l.fenced || l.ledger.waiting > 0 && now >= l.until
}

// Held tells whether the messages that are out are this daemon's: where they may be
// another's by now, none of them must begin, and the lane ends.
func (l *lane) Held() bool {
	l.mu.Lock()
	over := l.over(l.clock.Boot())
	l.mu.Unlock()
	if over {
		l.fence()
	}
	return !over
}

// fence ends the lane where a lease is over: who can reach Redis may have the
// messages, so none of them must begin here. What is done is still acknowledged, and
// the rest put back, when Redis answers.
func (l *lane) fence() {
	l.mu.Lock()
	first := !l.fenced && l.over(l.clock.Boot())
	l.fenced = l.fenced || first
	l.mu.Unlock()
	if first {
		l.log.Error("the lease of messages could not be renewed in time: no more of them are begun before Redis answers",
			zap.String("list", l.keys.list), zap.Duration("lease", l.lease))
		l.end()
	}
}

// lose ends the lane where batches were reaped of which messages are in work: what
// has not begun must not begin.
func (l *lane) lose(names []string) {
	lost := 0
	l.mu.Lock()
	for _, name := range names {
		lost += l.ledger.lose(name)
	}
	l.mu.Unlock()
	if lost > 0 {
		l.log.Error("the lease of messages is over, because it was not renewed in time: they come again, and what is in work here is done twice",
			zap.String("list", l.keys.list), zap.Int("messages", lost), zap.Duration("lease", l.lease))
		l.end()
	}
}
