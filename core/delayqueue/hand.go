package delayqueue

import (
	"context"
	"slices"
	"sync"
	"time"
)

// generation is the time under one incarnation of this daemon.
type generation struct {
	owner string
	// ctx ends with the cause core.ErrLeaseLost when the lease is lost and with
	// core.ErrDrain when the time for running work is over.
	ctx context.Context
	// holds tells whether the lease holds at this moment. After a halt of the process
	// it says no before ctx has ended.
	holds func() bool
}

// job is a claimed row on its way through this daemon.
type job struct {
	Row
	kind *kind
	gen  *generation
}

func (j *job) held() Held { return Held{j.ID, j.Token} }

// hand holds the jobs that this daemon has claimed: first in the heap until they
// are due, then in the queue of their kind until a slot is free, then running,
// and until their outcome is recorded. It is where claimer, timer, executors and
// completer meet, so it has the one lock of the engine.
type hand struct {
	run func(*job)  // runs one job to its outcome, in a goroutine of a slot
	ask func(*kind) // asks the claimer for more of a kind

	mu      sync.Mutex
	held    map[Held]*job
	waiting dueHeap
	closed  bool          // nothing is started any more
	earlier chan struct{} // tells the timer that the heap has a new top
	slots   sync.WaitGroup
}

func newHand(run func(*job), ask func(*kind)) *hand {
	return &hand{run: run, ask: ask, held: map[Held]*job{}, earlier: make(chan struct{}, 1)}
}

// room returns how many more jobs of k may be claimed.
func (h *hand) room(k *kind) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return 0
	}
	return max(k.capacity()-k.inHand, 0)
}

// add takes claimed jobs in. It returns false, and takes none, after close.
func (h *hand) add(k *kind, jobs []*job, more bool) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return false
	}
	k.more = more
	for _, j := range jobs {
		h.held[j.held()] = j
		k.inHand++
		h.waiting.push(j)
	}
	h.wakeTimer()
	return true
}

func (h *hand) wakeTimer() {
	select {
	case h.earlier <- struct{}{}:
	default:
	}
}

// fire starts what is due at now, or queues it for a slot, and returns when the
// next job is due; 0 where there is none.
func (h *hand) fire(now int64) (next int64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.waiting) > 0 {
		if due := h.waiting[0].Due; due > now {
			return due
		}
		j := h.waiting.pop()
		j.kind.ready = append(j.kind.ready, j)
		h.start(j.kind)
	}
	return 0
}

// start gives free slots of k to ready jobs. The caller holds the lock.
func (h *hand) start(k *kind) {
	for k.running < k.limits.Concurrency && k.out < mostOut+k.limits.Concurrency {
		j := h.take(k)
		if j == nil {
			return
		}
		k.running++
		h.slots.Go(func() { h.slot(j) })
	}
}

// slot runs j, and after it whatever is ready of the same kind. It is given back
// also where a handler ends the goroutine with runtime.Goexit.
func (h *hand) slot(j *job) {
	k := j.kind
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		k.running--
		h.start(k)
	}()
	for j != nil {
		began := time.Now()
		h.run(j)
		took := time.Since(began)

		h.mu.Lock()
		k.learn(took)
		j = h.take(k)
		hungry := k.more && !h.closed && k.inHand <= k.capacity()/2
		h.mu.Unlock()
		if hungry {
			h.ask(k)
		}
	}
}

// take removes the first ready job of k, unless too many wait to be recorded. The
// caller holds the lock.
func (h *hand) take(k *kind) *job {
	if h.closed || len(k.ready) == 0 || k.out >= mostOut+k.limits.Concurrency {
		return nil
	}
	k.out++
	j := k.ready[0]
	k.ready[0] = nil
	k.ready = k.ready[1:]
	k.inHand--
	return j
}

// forget lets go of a job whose row says what became of it.
func (h *hand) forget(j *job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held[j.held()] == nil {
		return // given up before it was started
	}
	delete(h.held, j.held())
	j.kind.out--
	h.start(j.kind)
}

// strangers returns those of rows that are not in hand.
func (h *hand) strangers(rows []Held) []Held {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.DeleteFunc(rows, func(r Held) bool { return h.held[r] != nil })
}

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

// giveUp removes unstarted jobs that are wanted. The caller holds the lock.
func (h *hand) giveUp(wanted func(*job) bool) []*job {
	var out []*job
	remove := func(j *job) bool {
		if !wanted(j) {
			return false
		}
		out = append(out, j)
		j.kind.inHand--
		delete(h.held, j.held())
		return true
	}
	kinds := map[*kind]bool{}
	for _, j := range h.held {
		kinds[j.kind] = true
	}
	for k := range kinds {
		k.ready = slices.DeleteFunc(k.ready, remove)
	}
	old := h.waiting
	h.waiting = nil
	for _, j := range old {
		if !remove(j) {
			h.waiting.push(j)
		}
	}
	return out
}

// running counts the taken slots.
func (h *hand) runningOf(kinds map[string]*kind) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, k := range kinds {
		n += k.running
	}
	return n
}
