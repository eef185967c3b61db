package delayqueue

// room returns how many more jobs of k may be claimed, and whether only such as are
// due already. What is in hand is bounded, but each kind may always have a few.
//
// What falls due later must not keep out what is due now: where it fills the hand
// while slots are free, there is room besides for as many due jobs as those can start
// soon.
func (h *hand) room(k *kind) (jobs int, dueOnly bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || k.paused {
		return 0, false
	}
	most, least := k.capacity(), leastHand*k.limits.Concurrency
	bound := min(mostInAll-h.inHand, mostHand-k.inHand)
	if jobs = min(most-k.inHand, max(bound, least-k.inHand)); jobs > 0 {
		return jobs, false
	}
	k.more = true // there may be, for all that this look can tell
	if !h.idle(k) {
		return 0, false
	}
	free := k.limits.Concurrency - len(k.active)
	return min(most, max(most-least, free), max(bound, free)), true
}

// idle tells whether k has a free slot and no job in hand that is due. The caller
// holds the lock.
func (h *hand) idle(k *kind) bool {
	return len(k.ready) == 0 && h.mayStart(k) && (h.most == 0 || h.taken < h.most)
}

// wants tells whether the claimer should look for jobs of k before its next scan, or
// give some back. The caller holds the lock.
//
// While due jobs wait for a slot, it should not for the sake of jobs that fall due
// later: those are in no hurry, and claiming them takes the processor from starting
// what is late. Where slots are scarce it should all the same: those that stand idle
// until the claim is back go to other kinds, perhaps for long.
func (h *hand) wants(k *kind) bool {
	if h.closed {
		return false
	}
	hurry := k.behind || len(k.ready) == 0 || h.most > 0
	return k.more && hurry && k.inHand <= k.capacity()/2 || k.surplus() > 0 || k.behind && h.idle(k)
}

// found is what a claim says of the jobs that it did not take.
type found struct {
	more   bool // there are probably more that fall due within what was looked at
	behind bool // there are probably more that are due already
}

// add takes claimed jobs in. It returns false, and takes none, where they must not
// be started any more.
func (h *hand) add(k *kind, jobs []*job, f found) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed || k.paused {
		return false
	}
	k.more, k.behind = f.more, f.behind
	before, some := h.due.first()
	for _, j := range jobs {
		h.held[j.held()] = j
		h.due.add(j)
	}
	k.inHand += len(jobs)
	h.inHand += len(jobs)
	if now, _ := h.due.first(); !some || now < before {
		h.wakeTimer()
	}
	return true
}
