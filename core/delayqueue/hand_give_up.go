package delayqueue

import "slices"

// stopStarting lets what has not been started wait for close.
func (h *hand) stopStarting() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
}

// close starts nothing any more and gives up every job that has not been started.
func (h *hand) close() []*job {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	return h.giveUp(func(*job) bool { return true })
}

// drop gives up the jobs of a generation that have not been started.
func (h *hand) drop(g *generation) []*job {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.giveUp(func(j *job) bool { return j.gen == g })
}

// pause starts nothing of k any more, until resume, and gives up what it has of it.
// Handlers that run go on.
func (h *hand) pause(k *kind) []*job {
	h.mu.Lock()
	defer h.mu.Unlock()
	k.paused = true
	return h.giveUp(func(j *job) bool { return j.kind == k })
}

func (h *hand) resume(k *kind) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k.paused = false
}

func (h *hand) isPaused(k *kind) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return k.paused
}

// has tells whether a job is in hand.
func (h *hand) has(r Held) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.held[r] != nil
}

// takeOut gives up one job; nil where it is not in hand or has been started.
func (h *hand) takeOut(r Held) *job {
	h.mu.Lock()
	defer h.mu.Unlock()
	j := h.held[r]
	if j == nil || j.started {
		return nil
	}
	if k := j.kind; !h.due.take(j) {
		i := slices.Index(k.ready, j)
		k.ready = slices.Delete(k.ready, i, i+1)
	}
	h.letGo(j)
	return j
}

// revoke ends the context of a job that has been started with the cause
// core.ErrCancelled. It returns false where it is not in hand or not started.
func (h *hand) revoke(r Held) bool {
	h.mu.Lock()
	j := h.held[r]
	started := j != nil && j.started
	h.mu.Unlock()
	if started {
		j.ctx.revoke()
	}
	return started
}

// shed gives up the due jobs of k that are far more than its slots can start soon:
// the handler takes longer than it did when they were claimed, or than was assumed
// while nothing was known. Other daemons may have free slots.
func (h *hand) shed(k *kind) []*job {
	h.mu.Lock()
	defer h.mu.Unlock()
	surplus := k.surplus()
	if surplus == 0 {
		return nil
	}
	k.more, k.behind = true, true // in the table again
	stay := len(k.ready) - surplus
	out := slices.Clone(k.ready[stay:])
	k.ready = slices.Delete(k.ready, stay, len(k.ready))
	for _, j := range out {
		h.letGo(j)
	}
	return out
}

// giveUp removes unstarted jobs that are wanted, and looks at all of them. The caller
// holds the lock.
func (h *hand) giveUp(wanted func(*job) bool) []*job {
	var out []*job
	remove := func(j *job) bool {
		if !wanted(j) {
			return false
		}
		out = append(out, j)
		h.letGo(j)
		return true
	}
	for _, k := range h.kinds {
		k.ready = slices.DeleteFunc(k.ready, remove)
	}
	h.due.remove(remove)
	return out
}

// letGo counts a job out that has not been started, and was removed from where it
// waited. The caller holds the lock.
func (h *hand) letGo(j *job) {
	j.kind.inHand--
	h.inHand--
	delete(h.held, j.held())
}
