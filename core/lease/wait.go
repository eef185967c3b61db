package lease

import (
	"context"
	"time"

	"github.com/cenkalti/backoff/v5"
	"go.uber.org/zap"

	"simplest_script/core/tool/sqldb"
)

// insist calls f until it works. It gives up when ctx ends or the server refuses us.
func (b *beater) insist(ctx context.Context, f func() error) error {
	pauses := b.pauses(pauseAway)
	for {
		err := f()
		if err == nil {
			b.away.passed(b.boot())
			return nil
		}
		if ctx.Err() != nil || sqldb.Refused(err) {
			return err
		}
		b.away.persists(b.boot(), zap.Error(err))
		if !sleep(ctx, pauses.NextBackOff()) {
			return err
		}
	}
}

// pauses grow from the pause after a failed beat to a multiple of Beat.
func (k *Keeper) pauses(limit int) *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval = k.cfg.retry(), time.Duration(limit)*k.cfg.Beat
	b.Reset()
	return b
}

// unlessEnded is err, or nil where the end of ctx explains it.
func unlessEnded(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// sleep waits for d and tells whether ctx is still alive afterwards.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}
