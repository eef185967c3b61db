package crontab

import (
	"context"
	"sync"
	"time"

	"simplest_script/core/tool/clock"
)

// timeline is the database's clock, read from here: all daemons of a partition
// mean the same moment by "now", however wrong the clocks of their machines are.
// It may be used by several goroutines.
type timeline struct {
	local clock.Clock

	mu     sync.Mutex
	base   time.Time     // the database's clock at …
	boot   time.Duration // … this local time
	synced bool
}

// resync is how old a reading may be before it is renewed.
const resync = time.Minute

// sync reads the database's clock, where that was long ago. In between the local
// clock that never jumps goes on from there.
func (t *timeline) sync(ctx context.Context, l *Ledger) error {
	sent := t.local.Boot()
	t.mu.Lock()
	fresh := t.synced && sent-t.boot < resync
	t.mu.Unlock()
	if fresh {
		return nil
	}
	now, err := l.Now(ctx)
	if err != nil {
		return err
	}
	got := t.local.Boot()
	t.mu.Lock()
	defer t.mu.Unlock()
	// The server looked at its clock some time between: at the latest when it sent it,
	// so that nothing is early.
	t.base, t.boot, t.synced = now, got, true
	return nil
}

// now returns the database's time.
func (t *timeline) now() time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.base.Add(t.local.Boot() - t.boot)
}
