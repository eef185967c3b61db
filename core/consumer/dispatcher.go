package consumer

import (
	"context"
	"sync"
	"time"

	"simplest_script/core"
)

// window is how many messages may wait or run in one dispatcher. Each lane has an
// equal share of it, so that one that stands still leaves room to the others, and at
// least what one fetch may bring; beyond its share a lane fetches no more.
const window = 10_000

// dispatcher holds the runs of one entry between its lanes and its workers.
type dispatcher struct {
	order    Order
	together int // loose messages that go together to a worker, where there are so many

	mu     sync.Mutex
	lanes  int
	held   int             // messages in all runs, until they are done or dropped
	runs   map[string]*run // all that have a key
	spare  []*run          // to be used again
	ready  []*run
	work   *sync.Cond
	target int // workers that there should be
	alive  int // workers that there are
	closed bool
}

func newDispatcher(order Order, together int) *dispatcher {
	d := &dispatcher{order: order, together: together, runs: map[string]*run{}}
	d.work = sync.NewCond(&d.mu)
	return d
}

// join says that there is one lane more, until it is dropped.
func (d *dispatcher) join() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lanes++
}

// add hands over messages of a lane in their order. It waits while the lane has its
// share of the window, and returns false where ctx ended first.
func (d *dispatcher) add(ctx context.Context, l *lane, ts []*core.Task) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	for l.held >= max(window/d.lanes, fetchSize) {
		d.mu.Unlock()
		select {
		case <-l.room:
		case <-ctx.Done():
		}
		d.mu.Lock()
		if ctx.Err() != nil {
			return false
		}
	}
	d.held += len(ts)
	l.held += len(ts)
	switch d.order {
	case ByPartition:
		d.append(l.name, l, ts)
	case ByKey:
		d.byKey(l, ts)
	default:
		d.spread(l, ts)
	}
	return true
}

// byKey sorts messages into the runs of their keys. The caller holds the lock.
func (d *dispatcher) byKey(l *lane, ts []*core.Task) {
	keyless := 0 // messages before i that have no key
	for i, t := range ts {
		if len(t.Key) == 0 {
			keyless++
			continue
		}
		d.spread(l, ts[i-keyless:i])
		keyless = 0
		d.append(string(t.Key), l, ts[i:i+1])
	}
	d.spread(l, ts[len(ts)-keyless:])
}

// append adds messages to the run of key. The caller holds the lock.
func (d *dispatcher) append(key string, l *lane, ts []*core.Task) {
	r := d.runs[key]
	if r == nil {
		r = d.fresh()
		r.key = key
		d.runs[key] = r
		d.enqueue(r)
	}
	r.append(l, ts)
}

// fresh returns an empty run. The caller holds the lock.
func (d *dispatcher) fresh() *run {
	n := len(d.spare)
	if n == 0 {
		return &run{}
	}
	r := d.spare[n-1]
	d.spare = d.spare[:n-1]
	return r
}

// retire forgets a run that has become empty. The caller holds the lock.
func (d *dispatcher) retire(r *run) {
	delete(d.runs, r.key)
	if r.key = ""; len(d.spare) < window {
		d.spare = append(d.spare, r)
	}
}

// spread adds messages that need no order, to the loose run that was added last
// where there is room in it. The caller holds the lock.
func (d *dispatcher) spread(l *lane, ts []*core.Task) {
	if len(ts) == 0 {
		return
	}
	if n := len(d.ready); n > 0 && d.ready[n-1].takesIn(l, len(ts)) {
		d.ready[n-1].append(l, ts)
		d.work.Signal()
		return
	}
	r := &run{loose: true}
	r.append(l, ts)
	d.enqueue(r)
}

// loose gives messages that need no order to any worker.
func (d *dispatcher) loose(l *lane, ts []*core.Task) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.spread(l, ts)
}

// park has messages that need no order wait.
func (d *dispatcher) park(l *lane, ts []*core.Task, pause time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	r := &run{loose: true}
	r.append(l, ts)
	d.wait(r, pause)
}

// wait makes a run ready after a pause. The caller holds the lock.
func (d *dispatcher) wait(r *run, pause time.Duration) {
	if pause <= 0 {
		d.enqueue(r)
		return
	}
	r.state = parked
	time.AfterFunc(pause, func() { d.wake(r) })
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
