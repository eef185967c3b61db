package redislist

import (
	"context"
	"errors"
	"fmt"
	"runtime"
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

	asked   *request // the fetch that is under way
	number  int64    // of the batch that is fetched next
	inDoubt bool     // it may be there, because a request for it was not answered

	hint chan struct{} // messages came back
	room chan struct{} // messages were done
	acks chan struct{} // the keeper is to look for what is finished

	mu     sync.Mutex
	ledger ledger
	pace   pace
	until  time.Duration // when the first lease of what is out ends, on the Boot clock
	fenced bool          // that has come to pass
	armed  bool          // the keeper will look for what is finished
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

// Done notes messages as done. Their batch is acknowledged when it is finished.
// Where a lease is over, as after a halt of the process, a worker learns it here
// first: it steps aside, so that the lane is closed before it begins the next message.
func (l *lane) Done(ts []*core.Task) {
	now := l.clock.Boot()
	l.mu.Lock()
	over := l.over(now)
	finished := l.ledger.done(ts)
	for _, b := range finished {
		l.pace.finished(len(b.tasks), now-b.fetched)
	}
	if len(finished) > 0 {
		l.arm()
	}
	l.mu.Unlock()
	signal(l.room)
	if over {
		l.fence()
		runtime.Gosched()
	}
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
		l.lose([]string{b.name})
		return fmt.Errorf("dead-lettering message %s: %w", t.ID, errLost)
	}
	return nil
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
