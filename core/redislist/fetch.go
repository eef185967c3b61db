package redislist

import (
	"context"
	"fmt"
	"slices"

	"simplest_script/core"
)

// request is a fetch that was sent, or is about to be. The lane sends one batch
// ahead: while its caller is busy with the messages of one, Redis makes the next.
type request struct {
	ended chan struct{} // closed when the fields below are set
	batch *batch
	tasks []*core.Task
	full  bool // the list may have more
	err   error
}

// Fetch returns between 1 and n messages, the oldest first.
func (l *lane) Fetch(ctx context.Context, n int) ([]*core.Task, error) {
	for {
		if l.asked == nil {
			if err := l.waitForRoom(ctx, n); err != nil {
				return nil, err
			}
			l.ask(ctx, n)
		}
		r := l.asked
		select {
		case <-ctx.Done():
			return nil, ctx.Err() // what comes goes back with all that was not begun
		case <-r.ended:
		}
		l.asked = nil
		switch {
		case r.err != nil:
			return nil, r.err
		case len(r.tasks) > 0:
			return l.handOut(ctx, r, n)
		}
		if err := l.waiter.wait(ctx, l.hint); err != nil {
			return nil, err
		}
	}
}

// handOut returns the messages of a request, where their lease is not over, and
// asks for what comes next.
func (l *lane) handOut(ctx context.Context, r *request, n int) ([]*core.Task, error) {
	l.mu.Lock()
	over := r.batch.lost || l.over(l.clock.Boot())
	full := l.pace.full(l.ledger.waiting, n)
	l.mu.Unlock()
	if over {
		l.fence()
		return nil, fmt.Errorf("fetching from the Redis list %s: the lease of what came is over, and it comes again", l.keys.list)
	}
	l.waiter.found()
	if r.full && !full {
		l.ask(ctx, n)
	}
	return r.tasks, nil
}

// ask sends a request for up to n messages.
func (l *lane) ask(ctx context.Context, n int) {
	r := &request{ended: make(chan struct{})}
	l.asked = r
	go func() {
		defer close(r.ended)
		l.mu.Lock()
		most := l.pace.most(n)
		l.mu.Unlock()
		r.batch, r.tasks, r.err = l.take(ctx, most)
		r.full = len(r.tasks) >= most
	}()
}

// waitForRoom waits while enough messages are out.
func (l *lane) waitForRoom(ctx context.Context, n int) error {
	for {
		l.mu.Lock()
		full := l.pace.full(l.ledger.waiting, n)
		l.mu.Unlock()
		if !full {
			return ctx.Err()
		}
		select {
		case <-ctx.Done():
		case <-l.room:
		}
	}
}

// take fetches up to most messages, and acknowledges on the way what is finished.
// Until it has an answer it asks for the same batch, so that none is forgotten.
func (l *lane) take(ctx context.Context, most int) (*batch, []*core.Task, error) {
	b := &batch{name: l.keys.batchName(l.life, l.number), sure: l.clock.Boot()}
	sibling := b
	l.mu.Lock()
	finished := l.ledger.take()
	if s := l.ledger.oldest(); s != nil {
		sibling, b.sure = s, s.sure
	}
	l.mu.Unlock()
	names := []string{l.keys.list, l.keys.returned, l.keys.batches, b.name, sibling.name}
	names = append(names, namesOf(finished)...)
	l.inDoubt = true
	var reply fetched
	values, err := l.scripts.fetch.Run(ctx, l.client, names, most, l.lease.Milliseconds(), l.owner).Slice()
	if err == nil {
		reply, err = readFetched(values)
	}
	l.acknowledged(finished, reply.gone, err)
	if err == nil {
		b.tasks, err = tasks(reply.head, reply.messages, l.ledger.next)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.arm() // the caller may not fetch again
		return nil, nil, fmt.Errorf("fetching from the Redis list %s: %w", l.keys.list, err)
	}
	l.inDoubt = false
	return b, l.accept(b), nil
}

// accept enters a batch that was answered. The caller holds the lock.
func (l *lane) accept(b *batch) []*core.Task {
	if len(b.tasks) == 0 {
		return nil
	}
	l.number++
	b.fetched = l.clock.Boot()
	bytes := 0
	for _, t := range b.tasks {
		bytes += len(t.Payload)
	}
	ts := slices.Clone(b.tasks) // the ledger strikes out what is done
	if l.ledger.waiting == 0 || b.sure+l.lease < l.until {
		l.until = b.sure + l.lease
	}
	l.ledger.add(b)
	l.pace.fetched(len(ts), bytes)
	return ts
}
