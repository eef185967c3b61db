package consumer

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"simplest_script/core"
)

// fetchSize is how many messages one fetch may bring.
const fetchSize = 1024

// leased is a core.Lane whose messages are this daemon's for a time only. Held tells
// whether they still are; once it says no, the lane ends. After a halt of the process
// it says so before anything else has noticed, so it is asked before each stretch of
// work: some milliseconds of it, or one message that takes longer.
type leased interface{ Held() bool }

// lane is a core.Lane while this daemon has it.
type lane struct {
	core.Lane
	lease leased // nil: held until it is taken away
	name  string
	since time.Time // when it came
	// ctx is that of its handlers. It ends with core.ErrDrain when the time for
	// running work is over, and with core.ErrLeaseLost when another daemon has the
	// lane by then.
	ctx  context.Context
	over atomic.Bool // nothing of it is begun any more
	doom doom

	// These belong to the dispatcher.
	held int           // its messages that wait or are in work
	gone bool          // it was dropped
	room chan struct{} // signalled when held has become less

	mu   sync.Mutex
	busy int           // workers that have begun messages of it
	idle chan struct{} // closed when the last of them is through; nil until somebody waits for that
}

func newLane(ctx context.Context, l core.Lane) *lane {
	lease, _ := l.(leased)
	return &lane{Lane: l, lease: lease, name: l.Name(), since: time.Now(), ctx: ctx, room: make(chan struct{}, 1)}
}

// begin asks to work on messages of the lane; false means that nothing of it is
// begun any more.
func (l *lane) begin() bool {
	if l.lease != nil && !l.lease.Held() {
		l.stop()
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.over.Load() {
		return false
	}
	l.busy++
	return true
}

// end says that the work which begin allowed is over.
func (l *lane) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy--; l.busy == 0 && l.idle != nil {
		close(l.idle)
	}
}

// stop lets nothing begin any more.
func (l *lane) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.over.Store(true)
}

// close lets nothing begin any more and waits for what has begun, or for ctx.
func (l *lane) close(ctx context.Context) {
	l.stop()
	l.mu.Lock()
	idle := make(chan struct{})
	if l.idle = idle; l.busy == 0 {
		close(idle)
	}
	l.mu.Unlock()
	select {
	case <-idle:
	case <-ctx.Done():
	}
}
