package redislist

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
)

const (
	// ackWithin is how long an acknowledgement may wait for a fetch to ride along.
	ackWithin = 5 * time.Millisecond
	// noteEvery is how often what is done of batches that are still out is noted.
	noteEvery = 250 * time.Millisecond
	// reapBatches is how many batches one script puts back.
	reapBatches = 4
)

// keeper does what a lane owes to Redis while handlers work: it renews leases,
// acknowledges what no fetch has acknowledged, and reaps the batches of the dead.
type keeper struct {
	*lane
}

// run works until ctx ends.
func (k *keeper) run(ctx context.Context) {
	renew := time.NewTicker(k.lease / 3)
	defer renew.Stop()
	reap := time.NewTicker(k.lease / 4)
	defer reap.Stop()
	note := time.NewTicker(noteEvery)
	defer note.Stop()
	ack := time.NewTimer(0)
	defer ack.Stop()
	k.attempt(ctx, k.reap)
	for {
		select {
		case <-ctx.Done():
			return
		case <-renew.C:
			k.attempt(ctx, k.renew)
		case <-reap.C:
			k.attempt(ctx, k.reap)
		case <-note.C:
			k.attempt(ctx, k.note)
		case <-k.acks:
			ack.Reset(ackWithin)
		case <-ack.C:
			k.mu.Lock()
			k.armed = false
			k.mu.Unlock()
			if pause := k.attempt(ctx, k.acknowledge); pause > 0 {
				k.mu.Lock()
				k.armed = true
				k.mu.Unlock()
				ack.Reset(pause)
			}
		}
	}
}

// attempt does one thing and returns how long to wait before it is tried again, or 0.
// What hangs must not keep from renewing.
func (k *keeper) attempt(ctx context.Context, do func(context.Context) error) time.Duration {
	limited, cancel := context.WithTimeout(ctx, k.lease/3)
	defer cancel()
	err := do(limited)
	if err == nil || ctx.Err() != nil {
		return 0
	}
	return k.trouble.Failed(err)
}

// reap puts back what was fetched and whose lease nobody has renewed. After an
// outage that must not be its own.
func (k *keeper) reap(ctx context.Context) error {
	if err := k.renew(ctx); err != nil {
		return err
	}
	for {
		counts, err := k.scripts.reap.Run(ctx, k.client, []string{k.keys.returned, k.keys.batches}, reapBatches).Int64Slice()
		if err != nil {
			return fmt.Errorf("looking for messages of the Redis list %s that nobody finished: %w", k.keys.list, err)
		}
		k.trouble.OK()
		if len(counts) != 2 || counts[0] == 0 {
			return nil
		}
		k.log.Warn("messages come again: who had fetched them has not finished them in time",
			zap.String("list", k.keys.list), zap.Int64("messages", counts[1]), zap.Int64("batches", counts[0]))
		signal(k.hint)
	}
}
