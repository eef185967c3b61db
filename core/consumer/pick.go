package consumer

// take waits for work and appends it to turns: runs, or a part of a loose one. most says how
// many runs or loose messages, but it is no more than this worker's share of what is
// ready. false means that the worker is to end.
func (d *dispatcher) take(turns []turn, most int) ([]turn, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for {
		for len(d.ready) == 0 && d.alive <= d.target && !d.closed {
			d.work.Wait()
		}
		if d.alive > d.target || d.closed {
			d.alive--
			return nil, false
		}
		if turns = d.pick(turns, most); len(turns) > 0 {
			if len(d.ready) > 0 {
				d.work.Signal()
			}
			return turns, true
		}
	}
}

// pick takes from the ready runs. It returns none where all it found was of lanes
// that were dropped. The caller holds the lock.
func (d *dispatcher) pick(turns []turn, most int) []turn {
	runs := max(min(most, len(d.ready)/d.alive), 1)
	for len(d.ready) > 0 && len(turns) < runs {
		r := d.ready[0]
		if r.loose {
			if len(turns) > 0 {
				return turns
			}
			turns = d.divide(turns, r, most)
			continue
		}
		d.pop()
		if len(r.pieces) == 0 {
			d.retire(r)
			continue
		}
		turns = append(turns, turn{run: r, piece: r.pop()})
		r.state = running
	}
	return turns
}

// divide takes a part of the loose run that is the first of the ready ones, and
// nothing else. The caller holds the lock.
func (d *dispatcher) divide(turns []turn, r *run, most int) []turn {
	p := &r.pieces[0]
	n := len(p.tasks)
	if p.lane.gone {
		d.pop()
		return turns
	}
	n = min(n, max(d.together, min(most, n/d.alive)))
	turns = append(turns, turn{piece: piece{lane: p.lane, tasks: p.tasks[:n:n]}})
	if p.tasks = p.tasks[n:]; len(p.tasks) == 0 {
		d.pop()
	}
	return turns
}

// pop removes the first of the ready runs. The caller holds the lock.
func (d *dispatcher) pop() {
	d.ready[0] = nil
	d.ready = d.ready[1:]
}
