package consumer

import (
	"context"
	"sync"

	"simplest_script/core"
)

// fetchSize is how many messages one fetch may bring.
const fetchSize = 1024

// lane is a core.Lane while this daemon has it.
type lane struct {
	core.Lane
	name string
	// ctx is that of its handlers. It ends with core.ErrDrain when the time for
	// running work is over, and with core.ErrLeaseLost when another daemon has the
	// lane by then.
	ctx context.Context

	mu     sync.Mutex
	closed bool          // nothing of it is begun any more
	busy   int           // workers that have begun messages of it
	idle   chan struct{} // closed when the last of them is through after closed
}

func newLane(ctx context.Context, l core.Lane) *lane {
	return &lane{Lane: l, name: l.Name(), ctx: ctx, idle: make(chan struct{})}
}

// begin asks to work on messages of the lane; false means that it is gone.
func (l *lane) begin() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return false
	}
	l.busy++
	return true
}

// end says that the work which begin allowed is over.
func (l *lane) end() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.busy--; l.closed && l.busy == 0 {
		close(l.idle)
	}
}

// gone tells whether the lane was taken away, or the daemon stops: the worker
// then leaves the messages it has not begun.
func (l *lane) gone() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.closed
}

// close lets nothing begin any more and waits for what has begun, or for ctx.
func (l *lane) close(ctx context.Context) {
	l.mu.Lock()
	l.closed = true
	if l.busy == 0 {
		close(l.idle)
	}
	l.mu.Unlock()
	select {
	case <-l.idle:
	case <-ctx.Done():
	}
}
