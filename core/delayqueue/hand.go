package delayqueue

import (
	"slices"
	"sync"
	"time"
)

// hand holds the jobs that this daemon has claimed: first in the agenda until they
// are due, then in the queue of their kind until a slot is free, then running,
// and until their outcome is recorded. It is where claimer, timer, executors and
// completer meet, so it has the one lock of the engine.
type hand struct {
	run  func(*job) time.Duration // runs one job to its outcome, in a goroutine of a slot; 0: it was not run
	ask  func(*kind)              // asks the claimer for more of a kind
	most int                      // slots of all kinds together; 0: as many as the kinds have

	kinds []*kind

	mu      sync.Mutex
	held    map[Held]*job
	due     agenda
	inHand  int           // claimed and not started
	taken   int           // slots
	closed  bool          // nothing is started any more
	unsure  bool          // outcomes cannot be recorded at the moment
	earlier chan struct{} // tells the timer to look again before its time
	slots   sync.WaitGroup
}

func newHand(run func(*job) time.Duration, ask func(*kind), most int, kinds []*kind) *hand {
	return &hand{run: run, ask: ask, most: most, kinds: kinds, held: map[Held]*job{}, due: newAgenda(), earlier: make(chan struct{}, 1)}
}

func (h *hand) wakeTimer() {
	select {
	case h.earlier <- struct{}{}:
	default:
	}
}

// fire starts what is due at now, or queues it for a slot. It returns when the
// next job is due, 0 where there is none, and how long it is until a kind may
// start that has a rate, 0 where none waits for that.
func (h *hand) fire(now int64) (next int64, wait time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for at, some := h.due.first(); some && at <= now; at, some = h.due.first() {
		for _, j := range h.due.pop() {
			j.kind.ready = append(j.kind.ready, j)
		}
	}
	for _, k := range h.kinds {
		h.start(k)
		if k.bucket != nil && len(k.ready) > 0 {
			if w := k.bucket.wait(time.Now()); w > 0 && (wait == 0 || w < wait) {
				wait = w
			}
		}
	}
	select {
	case <-h.earlier: // all that it could tell is in the answer
	default:
	}
	next, _ = h.due.first()
	return next, wait
}

// dueBy tells whether a job in hand falls due until then.
func (h *hand) dueBy(millis int64) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	first, some := h.due.first()
	return some && first <= millis
}

// start gives free slots to ready jobs: of k, or where slots are scarce, of
// whichever kind comes first. The caller holds the lock.
func (h *hand) start(k *kind) {
	for j := h.next(k); j != nil; j = h.next(k) {
		h.slots.Go(func() { h.slot(j) })
	}
}

// slot runs j, and after it whatever is ready. It is given back also where a
// handler ends the goroutine with runtime.Goexit.
func (h *hand) slot(j *job) {
	defer func() {
		if j == nil {
			return
		}
		h.mu.Lock()
		defer h.mu.Unlock()
		h.leave(j)
		h.start(j.kind)
	}()
	for j != nil {
		took := h.run(j)
		k := j.kind

		h.mu.Lock()
		k.learn(took)
		h.leave(j)
		j = h.next(k)
		asks := h.wants(k)
		h.mu.Unlock()
		if asks {
			h.ask(k)
		}
	}
}

// leave frees the slot of a job. The last of the active jobs takes its seat.
func (h *hand) leave(j *job) {
	k := j.kind
	last := len(k.active) - 1
	k.active[j.seat] = k.active[last]
	k.active[j.seat].seat = j.seat
	k.active[last] = nil
	k.active = k.active[:last]
	h.taken--
}

// next removes the job that a free slot is to run, of k where slots are not scarce.
// The caller holds the lock.
func (h *hand) next(k *kind) *job {
	if h.most > 0 {
		k = h.foremost()
	}
	if k == nil || !h.startable(k) {
		return nil
	}
	if k.bucket != nil && !k.bucket.take(time.Now()) {
		h.wakeTimer() // to come back when there is a token
		return nil
	}
	if k.first.IsZero() {
		k.first = time.Now()
	}
	k.out++
	k.inHand--
	h.taken++
	h.inHand--
	j := k.ready[0]
	k.ready[0] = nil
	k.ready = k.ready[1:]
	j.started, j.seat = true, len(k.active)
	k.active = append(k.active, j)
	return j
}

// startable tells whether a slot may be given to k now, but for its rate.
func (h *hand) startable(k *kind) bool { return len(k.ready) > 0 && h.mayStart(k) }

// mayStart tells whether k has a slot for one more job, but for its rate and for what
// other kinds have taken.
func (h *hand) mayStart(k *kind) bool {
	return !h.closed && !k.paused && len(k.active) < k.limits.Concurrency && k.out < h.mostOut()+k.limits.Concurrency
}

// mostOut is how many jobs of a kind may be started and not recorded.
func (h *hand) mostOut() int {
	if h.unsure {
		return fewOut
	}
	return mostOut
}

// setUnsure tells whether outcomes cannot be recorded at the moment.
func (h *hand) setUnsure(unsure bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.unsure == unsure {
		return
	}
	h.unsure = unsure
	for _, k := range h.kinds {
		h.start(k)
	}
}

// foremost returns which of the kinds that could start has the highest priority,
// among equals the one with the fewest slots; nil where no slot is free or no kind
// could start.
func (h *hand) foremost() (first *kind) {
	if h.taken >= h.most {
		return nil
	}
	for _, k := range h.kinds {
		if !h.startable(k) || k.bucket != nil && k.bucket.wait(time.Now()) > 0 {
			continue
		}
		if first == nil || k.limits.Priority > first.limits.Priority || k.limits.Priority == first.limits.Priority && len(k.active) < len(first.active) {
			first = k
		}
	}
	return first
}

// rush tells whether due jobs wait for a slot that will all have begun within a moment.
func (h *hand) rush() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return !h.closed && slices.ContainsFunc(h.kinds, func(k *kind) bool { return k.rush() && k.out < h.mostOut() })
}

// forget lets go of jobs whose rows say what became of them.
func (h *hand) forget(jobs ...*job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, j := range jobs {
		if h.held[j.held()] == nil {
			continue // given up before it was started
		}
		delete(h.held, j.held())
		j.kind.out--
	}
	for i, j := range jobs {
		if i == 0 || j.kind != jobs[i-1].kind {
			h.start(j.kind)
		}
	}
}

// limit lets so many of k start in a second.
func (h *hand) limit(k *kind, rate float64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	k.bucket = k.bucket.share(rate)
}

// strangers returns those of rows that are not in hand.
func (h *hand) strangers(rows []Held) []Held {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(rows, func(r Held) bool { return h.held[r] != nil })
}

// runningNow counts the taken slots.
func (h *hand) runningNow() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.taken
}
