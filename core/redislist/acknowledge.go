package redislist

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"go.uber.org/zap"
)

// acknowledge forgets the batches that are finished.
func (k *keeper) acknowledge(ctx context.Context) error {
	k.mu.Lock()
	finished := k.ledger.take()
	k.mu.Unlock()
	if len(finished) == 0 {
		return nil
	}
	gone, err := k.scripts.acknowledge.Run(ctx, k.client, append([]string{k.keys.batches}, namesOf(finished)...)).StringSlice()
	k.acknowledged(finished, gone, err)
	if err != nil {
		return fmt.Errorf("acknowledging messages of the Redis list %s: %w", k.keys.list, err)
	}
	return nil
}

// note tells Redis which messages are done of batches that are still out, so that a
// crash repeats the others alone: one message that waits for its retry must not make
// all that came with it come again.
func (k *keeper) note(ctx context.Context) error {
	k.mu.Lock()
	news := k.ledger.news()
	k.mu.Unlock()
	if len(news) == 0 {
		return nil
	}
	names, places := []string{k.keys.batches}, make([]any, len(news))
	for i, n := range news {
		names = append(names, n.batch.name)
		places[i] = strings.Trim(fmt.Sprint(n.places), "[]")
	}
	gone, err := k.scripts.note.Run(ctx, k.client, names, places...).StringSlice()
	if err != nil {
		return fmt.Errorf("noting which messages of the Redis list %s are done: %w", k.keys.list, err)
	}
	k.trouble.OK()
	k.lose(gone)
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, n := range news {
		n.batch.note(n.places)
	}
	return nil
}

// acknowledged notes what became of an acknowledgement. Within its lease nobody
// takes a batch away: one that was not there has then been acknowledged by this
// same request, sent twice.
func (l *lane) acknowledged(finished []*batch, gone []string, err error) {
	now := l.clock.Boot()
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.ledger.takeBack(finished)
		return
	}
	l.trouble.OK()
	l.ledger.confirm(finished)
	for _, b := range finished {
		if now-b.sure >= l.lease && slices.Contains(gone, b.name) {
			l.log.Error("messages were done after their lease was over: they may come again",
				zap.String("list", l.keys.list), zap.Int("messages", len(b.tasks)), zap.Duration("lease", l.lease))
		}
	}
}
