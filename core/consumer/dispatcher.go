package consumer

import (
	"context"
	"slices"
	"sync"
	"time"

	"simplest_script/core"
)

// window is how many messages may wait or run in one dispatcher; lanes fetch no
// more beyond it.
const window = 10_000

// dispatcher holds the runs of one entry between its lanes and its workers.
type dispatcher struct {
	order    Order
	together int // messages without order that make one run

	mu     sync.Mutex
	runs   map[string]*run // all that have a key
	ready  []*run
	items  int // in all runs, until they are done or dropped
	work   *sync.Cond
	room   chan struct{} // closed, and replaced, when there is room again
	target int           // workers that there should be
	alive  int           // workers that there are
	closed bool
}

func newDispatcher(order Order, together int) *dispatcher {
	d := &dispatcher{order: order, together: together, runs: map[string]*run{}, room: make(chan struct{})}
	d.work = sync.NewCond(&d.mu)
	return d
}

// add hands over messages of a lane in their order. It waits while the window is
// full, and returns false where ctx ended first.
func (d *dispatcher) add(ctx context.Context, l *lane, ts []*core.Task) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for d.items >= window {
		room := d.room
		d.mu.Unlock()
		select {
		case <-room:
		case <-ctx.Done():
		}
		d.mu.Lock()
		if ctx.Err() != nil {
			return false
		}
	}
	d.items += len(ts)
	switch d.order {
	case ByPartition:
		d.append(l.name, l, ts)
	case ByKey:
		for i, t := range ts {
			d.append(string(t.Key), l, ts[i:i+1])
		}
	default:
		for some := range slices.Chunk(ts, d.together) {
			d.append("", l, some)
		}
	}
	return true
}

// append adds messages to the run of key, or as a run of their own where there is
// no key. The caller holds the lock.
func (d *dispatcher) append(key string, l *lane, ts []*core.Task) {
	r := d.runs[key]
	if r == nil || key == "" {
		r = &run{key: key, state: ready}
		if key != "" {
			d.runs[key] = r
		}
		d.ready = append(d.ready, r)
		d.work.Signal()
	}
	for _, t := range ts {
		r.items = append(r.items, item{task: t, lane: l})
	}
}

// turn is a run in the hands of a worker, and what became of it there.
type turn struct {
	run      *run
	items    []item
	finished int           // messages that have left the run for good
	rest     []item        // messages that go back to its front
	pause    time.Duration // how long it must wait now
}

// take waits for work and returns up to n runs, but no more than this worker's
// share of what is ready. false means that the worker is to end.
func (d *dispatcher) take(n int) ([]turn, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for len(d.ready) == 0 && d.alive <= d.target && !d.closed {
		d.work.Wait()
	}
	if d.alive > d.target || d.closed {
		d.alive--
		return nil, false
	}
	turns := make([]turn, max(min(n, len(d.ready)/d.alive), 1))
	for i := range turns {
		r := d.ready[i]
		d.ready[i] = nil
		r.state = running
		turns[i] = turn{run: r, items: r.items}
		r.items = nil
	}
	d.ready = d.ready[len(turns):]
	return turns, true
}

// give takes runs back from a worker.
func (d *dispatcher) give(turns []turn) {
	d.mu.Lock()
	defer d.mu.Unlock()
	finished := 0
	for _, t := range turns {
		finished += t.finished
		d.back(t.run, t.rest, t.pause)
	}
	d.forget(finished)
}

func (d *dispatcher) back(r *run, rest []item, pause time.Duration) {
	if len(rest) > 0 {
		r.items = append(rest[:len(rest):len(rest)], r.items...)
	}
	switch {
	case len(r.items) == 0:
		if r.key != "" {
			delete(d.runs, r.key)
		}
	case pause > 0:
		r.state = parked
		time.AfterFunc(pause, func() { d.wake(r) })
	default:
		d.enqueue(r)
	}
}

// wake makes a parked run ready again.
func (d *dispatcher) wake(r *run) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if r.state == parked {
		d.enqueue(r)
	}
}

func (d *dispatcher) enqueue(r *run) {
	r.state = ready
	d.ready = append(d.ready, r)
	d.work.Signal()
}

// drop takes the messages of a lane that is gone out of all runs that nobody
// works on; a worker leaves those of its own run by itself.
func (d *dispatcher) drop(l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	dropped := 0
	theirs := func(it item) bool { return it.lane == l }
	for key, r := range d.runs {
		before := len(r.items)
		r.items = slices.DeleteFunc(r.items, theirs)
		dropped += before - len(r.items)
		if len(r.items) == 0 && r.state == parked {
			r.state = running // its timer finds nothing to wake
			delete(d.runs, key)
		}
	}
	for _, r := range d.ready {
		if r.key == "" {
			before := len(r.items)
			r.items = slices.DeleteFunc(r.items, theirs)
			dropped += before - len(r.items)
		}
	}
	d.forget(dropped)
}

// forget lets n messages leave the window. The caller holds the lock.
func (d *dispatcher) forget(n int) {
	full := d.items >= window
	d.items -= n
	if full && d.items < window {
		close(d.room)
		d.room = make(chan struct{})
	}
}

// resize sets how many workers there are to be and returns how many the caller
// has to start. Too many end by themselves, each after what it is doing.
func (d *dispatcher) resize(n int) (start int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.target = n
	start = max(d.target-d.alive, 0)
	d.alive += start
	d.work.Broadcast()
	return start
}

// workers returns how many there are.
func (d *dispatcher) workers() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.alive
}

// inHand returns how many messages there are that are not done.
func (d *dispatcher) inHand() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.items
}

// close lets all workers end.
func (d *dispatcher) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.work.Broadcast()
}
