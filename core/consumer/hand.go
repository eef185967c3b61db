package consumer

import (
	"slices"
	"sync"
	"time"

	"simplest_script/core"
)

// hand is what one worker has taken: turns, one of which it works on.
//
// A worker takes as much as it will do in a moment and marks messages as done in
// slices, as long as they are quick. A timer looks after those that are not: within
// markWithin of a message's end it is marked, and what was taken and not begun goes
// back to the dispatcher for others, however long the message in work takes.
type hand struct {
	d     *dispatcher
	timer *time.Timer
	// These are the worker's alone.
	room     []turn // where turns are kept
	contexts contexts
	calling  bool // the handler is at work, on what was begun last
	finished int  // messages of what was taken

	mu    sync.Mutex
	turns []turn
	at    int // the turn that is in work, or is next
	busy  bool
	armed bool      // the timer will come
	since time.Time // when the turns were taken
	leave bool      // the worker has stayed long enough

	// Of the turn in work, counted from its first message:
	begun  int // messages that were begun
	done   int // those that are through
	marked int // those that are marked as done, or have failed
	failed int // those that have failed
}

func newHand(d *dispatcher) *hand {
	h := &hand{d: d}
	h.timer = time.AfterFunc(time.Hour, h.late)
	h.timer.Stop()
	return h
}

// take waits for work; false means that the worker is to end.
func (h *hand) take(most int) bool {
	turns, ok := h.d.take(h.room[:0], most)
	if !ok {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.room, h.turns, h.at, h.since, h.finished = turns, turns, 0, time.Now(), 0
	if len(turns) > 1 || len(turns[0].tasks) > 1 {
		h.arm()
	}
	return true
}

// arm has the timer come, if it is not to come anyway. The caller holds the lock.
func (h *hand) arm() {
	if !h.armed {
		h.armed = true
		h.timer.Reset(markWithin)
	}
}

// next returns the lane of the next turn; nil means that there is none.
func (h *hand) next() *lane {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.at == len(h.turns) {
		return nil
	}
	h.busy, h.leave = true, false
	h.begun, h.done, h.marked, h.failed = 0, 0, 0, 0
	return h.turns[h.at].lane
}

// begin says that what was begun before is through, and begins up to n messages
// more of the turn; none where the rest is to be left.
func (h *hand) begin(n int) []*core.Task {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := &h.turns[h.at]
	h.done = h.begun
	if h.leave || h.done == len(t.tasks) || t.lane.over.Load() {
		return nil
	}
	if h.done > h.marked {
		h.arm()
	}
	h.begun = min(h.begun+n, len(t.tasks))
	return t.tasks[h.done:h.begun]
}

// fail says that of the messages that were begun last some failed and are to be
// tried again after a pause, and the others are done. Failed ones that need no order
// wait by themselves; else the rest of the run waits behind them.
func (h *hand) fail(failed, others []*core.Task, pause time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := &h.turns[h.at]
	h.mark(h.done)
	if len(others) > 0 {
		t.lane.Done(others)
	}
	h.marked, h.failed = h.begun, h.failed+len(failed)
	if t.run == nil {
		h.d.park(t.lane, failed, pause)
		return
	}
	t.back, t.pause, h.leave = failed, pause, true
}

// mark marks the first n messages of the turn as done. The caller holds the lock.
func (h *hand) mark(n int) {
	if n > h.marked {
		t := &h.turns[h.at]
		t.lane.Done(t.tasks[h.marked:n])
		h.marked = n
	}
}

// end ends the turn, whose begun messages are through. What is left of a lane that is
// over is forgotten: it comes again.
func (h *hand) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := &h.turns[h.at]
	h.mark(h.begun)
	t.finished = h.begun - h.failed
	h.finished += t.finished
	if rest := t.tasks[h.begun:]; len(rest) > 0 {
		t.back = slices.Concat(t.back, rest)
	}
	if t.lane.over.Load() {
		t.back, t.pause = nil, 0
	}
	h.at++
	h.busy = false
}

// give gives all that was taken back to the dispatcher, and returns how many messages
// of it were finished, and how long that took.
func (h *hand) give() (finished int, took time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.armed {
		h.timer.Stop()
		h.armed = false
	}
	h.d.give(h.turns)
	h.turns, h.at = nil, 0
	clear(h.room)
	return h.finished, time.Since(h.since)
}

// late is what the timer does. It may come for turns that the worker has taken since
// it was armed; that does no harm.
func (h *hand) late() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.armed = false
	through, rest := h.turns[:h.at], h.turns[h.at:]
	if h.busy {
		rest = rest[1:]
	}
	for i := range rest {
		rest[i].back = rest[i].tasks
	}
	h.d.give(through)
	h.d.give(rest)
	h.turns, h.at = h.turns[h.at:len(h.turns)-len(rest)], 0
	if h.busy {
		h.mark(h.done)
		h.share()
		h.leave = h.leave || time.Since(h.since) >= quantum
	}
}

// share gives to others what is left of a turn that needs no order. The caller holds
// the lock.
func (h *hand) share() {
	if t := &h.turns[h.at]; t.run == nil && h.begun < len(t.tasks) {
		h.d.loose(t.lane, t.tasks[h.begun:])
		t.tasks = t.tasks[:h.begun:h.begun]
	}
}
