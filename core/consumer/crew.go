package consumer

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
	return d.held
}

// close lets all workers end.
func (d *dispatcher) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.work.Broadcast()
}
