package redislist

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/outage"
)

// errLost is what Dead says of a message that others have by now.
var errLost = errors.New("its lease is over, and it comes again")

// lane is the list while this daemon works on it. It is a core.Lane.
type lane struct {
	keys    keys
	owner   string // of messages
	life    string // of batches: the owner, and which of its lanes
	lease   time.Duration
	client  redis.UniversalClient
	scripts scripts
	waiter  *waiter
	log     *zap.Logger
	end     func() // ends the intake
	clock   clock.System
	trouble *outage.Outage // of all but Fetch, whose errors its caller sees

	number  int64 // of the batch that is fetched next
	inDoubt bool  // it may be there, because a request for it was not answered

	hint chan struct{} // messages came back
	room chan struct{} // messages were done
	acks chan struct{} // the keeper is to look for what is finished

	mu     sync.Mutex
	ledger ledger
	pace   pace
	armed  bool // the keeper will look for what is finished
}

func newLane(s *Source, client redis.UniversalClient, end func()) *lane {
	return &lane{
		keys: s.keys, owner: s.options.Owner, life: s.options.Owner + ":" + newID(), lease: s.options.Lease,
		client: client, scripts: s.scripts, waiter: newWaiter(client, s.keys.list, s.log), log: s.log, end: end,
		trouble: outage.New(s.log, "keeping the messages of the Redis list "+s.keys.list),
		hint:    make(chan struct{}, 1), room: make(chan struct{}, 1), acks: make(chan struct{}, 1), pace: newPace(),
	}
}

// Name returns the key of the list.
func (l *lane) Name() string { return l.keys.list }

// Fetch returns between 1 and n messages, the oldest first.
func (l *lane) Fetch(ctx context.Context, n int) ([]*core.Task, error) {
	for {
		if err := l.waitForRoom(ctx); err != nil {
			return nil, err
		}
		l.mu.Lock()
		most := l.pace.most(n)
		l.mu.Unlock()
		ts, err := l.take(ctx, most)
		if ctx.Err() != nil {
			return nil, ctx.Err() // what came goes back with all that was not begun
		}
		if err != nil || len(ts) > 0 {
			return ts, err
		}
		if err := l.waiter.wait(ctx, l.hint); err != nil {
			return nil, err
		}
	}
}

// waitForRoom waits while enough messages are out.
func (l *lane) waitForRoom(ctx context.Context) error {
	for {
		l.mu.Lock()
		full := l.pace.full(l.ledger.waiting)
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
func (l *lane) take(ctx context.Context, most int) ([]*core.Task, error) {
	l.mu.Lock()
	finished, held := l.ledger.take(), l.ledger.held()
	l.mu.Unlock()
	b := &batch{name: l.keys.batchName(l.life, l.number), sure: l.clock.Boot()}
	names := []string{l.keys.list, l.keys.returned, l.keys.batches, b.name}
	names = append(append(names, namesOf(finished)...), namesOf(held)...)
	l.inDoubt = true
	reply, err := answer(l.scripts.fetch.Run(ctx, l.client, names, most, l.lease.Milliseconds(), l.owner, len(finished)).Slice())
	l.acknowledged(finished, reply.gone, err)
	if err == nil {
		b.tasks, err = tasks(reply.head, reply.stored, l.ledger.next)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.arm() // the caller may not fetch again
		return nil, fmt.Errorf("fetching from the Redis list %s: %w", l.keys.list, err)
	}
	l.inDoubt = false
	return l.accept(b), nil
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
	l.ledger.add(b)
	l.pace.fetched(len(ts), bytes)
	l.waiter.found()
	return ts
}

// fetched is the reply of the fetch script.
type fetched struct {
	gone   []any // batches that were not there to be acknowledged
	head   string
	stored []any
}

func answer(reply []any, err error) (f fetched, _ error) {
	if err != nil {
		return f, err
	}
	if len(reply) == 3 {
		var ok [3]bool
		f.gone, ok[0] = reply[0].([]any)
		f.head, ok[1] = reply[1].(string)
		f.stored, ok[2] = reply[2].([]any)
		if ok == [3]bool{true, true, true} {
			return f, nil
		}
	}
	return f, fmt.Errorf("the fetch script answered %d values of other types than it has", len(reply))
}

// Done notes messages as done. Their batch is acknowledged when it is finished.
func (l *lane) Done(ts []*core.Task) {
	now := l.clock.Boot()
	l.mu.Lock()
	finished := l.ledger.done(ts)
	for _, b := range finished {
		l.pace.finished(len(b.tasks), now-b.fetched)
	}
	if len(finished) > 0 {
		l.arm()
	}
	l.mu.Unlock()
	signal(l.room)
}

// arm has the keeper look for what is finished after a while, unless it will do so
// anyway: to wake it for each batch would cost more than the batch. The caller holds
// the lock.
func (l *lane) arm() {
	if !l.armed {
		l.armed = true
		signal(l.acks)
	}
}

// Dead moves a message into the list of dead letters.
func (l *lane) Dead(ctx context.Context, t *core.Task, reason error) error {
	l.mu.Lock()
	b, place := l.ledger.find(t)
	lost := b != nil && b.lost
	l.mu.Unlock()
	switch {
	case b == nil:
		return fmt.Errorf("message %s is not in work: it can be dead-lettered only before it is done", t.ID)
	case lost:
		return fmt.Errorf("dead-lettering message %s: %w", t.ID, errLost)
	}
	head, err := DeadLetter{ID: t.ID, Attempt: t.Attempt, Reason: reason.Error(), Time: time.Now().UTC()}.head()
	if err != nil {
		return err
	}
	there, err := l.scripts.dead.Run(ctx, l.client, []string{l.keys.batches, b.name, l.keys.dead}, place, head).Bool()
	switch {
	case err != nil:
		return fmt.Errorf("dead-lettering message %s to the Redis list %s: %w", t.ID, l.keys.dead, err)
	case !there:
		l.lose([]any{b.name})
		return fmt.Errorf("dead-lettering message %s: %w", t.ID, errLost)
	}
	return nil
}

// lose ends the lane where batches were reaped of which messages are in work: what
// has not begun must not begin.
func (l *lane) lose(names []any) {
	lost := 0
	l.mu.Lock()
	for _, name := range names {
		if s, ok := name.(string); ok {
			lost += l.ledger.lose(s)
		}
	}
	l.mu.Unlock()
	if lost > 0 {
		l.log.Error("the lease of messages is over, because it was not renewed in time: they come again, and what is in work here is done twice",
			zap.String("list", l.keys.list), zap.Int("messages", lost), zap.Duration("lease", l.lease))
		l.end()
	}
}

// acknowledged notes what became of an acknowledgement. Within its lease nobody
// takes a batch away: one that was not there has then been acknowledged by this
// same request, sent twice.
func (l *lane) acknowledged(finished []*batch, gone []any, err error) {
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
		if now-b.sure >= l.lease && slices.Contains(gone, any(b.name)) {
			l.log.Error("messages were done after their lease was over: they may come again",
				zap.String("list", l.keys.list), zap.Int("messages", len(b.tasks)), zap.Duration("lease", l.lease))
		}
	}
}

func namesOf(bs []*batch) []string {
	names := make([]string, len(bs))
	for i, b := range bs {
		names[i] = b.name
	}
	return names
}

// signal wakes the one that waits at c, now or when it comes to wait.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
