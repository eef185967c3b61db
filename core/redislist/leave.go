package redislist

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/tool/outage"
)

// lastTry is how long acknowledging may take when the daemon ends at once.
const lastTry = 2 * time.Second

// leave acknowledges what is finished and puts back what was not begun, in order,
// when the lane has ended. It waits out an outage until work ends. Then what
// handlers may still be doing is left to its lease.
func (k *keeper) leave(work context.Context) {
	if k.asked != nil {
		<-k.asked.ended
	}
	for work.Err() == nil {
		pause := k.attempt(work, k.putBack)
		if pause == 0 {
			break
		}
		outage.Sleep(work, pause)
	}
	if work.Err() != nil {
		last, cancel := context.WithTimeout(context.WithoutCancel(work), lastTry)
		defer cancel()
		k.attempt(last, k.acknowledge)
	}
	k.farewell()
}

// putBack leaves nothing behind in Redis that others would have to wait for.
func (k *keeper) putBack(ctx context.Context) error {
	if k.inDoubt {
		if _, _, err := k.take(ctx, 0); err != nil {
			return err
		}
	}
	if err := k.acknowledge(ctx); err != nil {
		return err
	}
	k.mu.Lock()
	held := k.ledger.held()
	k.mu.Unlock()
	for _, b := range slices.Backward(held) {
		if err := k.giveBack(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// giveBack returns what is not done of one batch. Where the batch is not there, it
// was reaped, or this is a repetition: either way it is settled.
func (k *keeper) giveBack(ctx context.Context, b *batch) error {
	var places []any
	for place, t := range slices.Backward(b.tasks) {
		if t != nil {
			places = append(places, strconv.Itoa(place), strconv.Itoa(t.Attempt))
		}
	}
	names := []string{k.keys.returned, k.keys.batches, b.name}
	if err := k.scripts.giveBack.Run(ctx, k.client, names, places...).Err(); err != nil {
		return fmt.Errorf("putting back messages of the Redis list %s: %w", k.keys.list, err)
	}
	k.trouble.OK()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.ledger.forget(b)
	return nil
}

// farewell says what is left.
func (k *keeper) farewell() {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := zap.String("list", k.keys.list)
	if n := k.ledger.waiting; n > 0 || k.inDoubt {
		k.log.Warn("messages could not be put back: they come again when their lease is over",
			list, zap.Int("messages", n), zap.Bool("more may be", k.inDoubt), zap.Duration("lease", k.lease))
	}
	n := 0
	for _, b := range k.ledger.finished {
		n += len(b.tasks)
	}
	if n > 0 {
		k.log.Error("messages that are done could not be acknowledged: they come again", list, zap.Int("messages", n))
	}
	if k.ledger.late > 0 {
		k.log.Error("messages were done after their lease was over: they come again", list, zap.Int("messages", k.ledger.late))
	}
}
