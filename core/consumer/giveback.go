package consumer

import "slices"

// give takes turns back from a worker.
func (d *dispatcher) give(turns []turn) {
	if len(turns) == 0 {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range turns {
		t := &turns[i]
		if t.lane.gone {
			t.back, t.pause = nil, 0
		} else {
			d.release(t.lane, t.finished)
		}
		if t.run == nil {
			d.spread(t.lane, t.back)
		} else {
			d.back(t)
		}
	}
}

// back puts a run in its place again, with what goes back to its front. The caller
// holds the lock.
func (d *dispatcher) back(t *turn) {
	r := t.run
	if len(t.back) > 0 {
		r.pieces = slices.Insert(r.pieces, 0, piece{lane: t.lane, tasks: t.back[:len(t.back):len(t.back)]})
	}
	if len(r.pieces) == 0 {
		d.retire(r)
		return
	}
	d.wait(r, t.pause)
}

// release lets n messages of a lane leave the window. The caller holds the lock.
func (d *dispatcher) release(l *lane, n int) {
	d.held -= n
	l.held -= n
	select {
	case l.room <- struct{}{}:
	default:
	}
}

// drop takes the messages of a lane that is gone out of all runs. A worker leaves
// those in its hands by itself.
func (d *dispatcher) drop(l *lane) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lanes--
	d.held -= l.held
	l.gone = true
	for key, r := range d.runs {
		before := len(r.pieces)
		r.pieces = slices.DeleteFunc(r.pieces, func(p piece) bool { return p.lane == l })
		if r.state != parked || len(r.pieces) == before {
			continue
		}
		// It waited for a message that has gone. Its timer finds nothing to wake.
		if r.state = running; len(r.pieces) == 0 {
			delete(d.runs, key)
		} else {
			d.enqueue(r)
		}
	}
}
