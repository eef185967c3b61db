package delayqueue

import (
	"cmp"
	"slices"
	"time"
)

type finished struct {
	job     *job
	outcome Outcome
	waits   int // how often its row, or a key of its successors, was locked
	slow    int // how often it alone took longer than a statement may
	blamed  int // how often it did so while the database answered at once
}

// spoils tells whether f is better written alone. A key of its successors was held by
// another transaction, of which a store cannot tell beforehand: if it still is, those
// who are in one statement with it wait for it in vain, again in each half of them. So
// they do for one that no statement holds.
func (f finished) spoils() bool { return f.waits > 0 && len(f.outcome.Successors) > 0 || f.slow > 0 }

// add hands over an outcome. It never blocks: how many are pending is bounded by
// hand, which starts no job of a kind while too many of it are out.
func (c *completer) add(j *job, o Outcome) { c.put(finished{job: j, outcome: o}) }

func (c *completer) put(f finished) {
	c.mu.Lock()
	last := len(c.pending) - 1
	switch full := last >= 0 && len(c.pending[last]) >= RowsPerGroup; {
	case f.spoils():
		c.pending = append(c.pending, []finished{f})
	case last < 0 || full || c.pending[last][0].spoils():
		c.pending = append(c.pending, append(c.room(full), f))
	default:
		c.pending[last] = append(c.pending[last], f)
	}
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// take removes the next group, or as much of it as one statement may hold.
func (c *completer) take() []finished {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pending) == 0 {
		return nil
	}
	at := c.next()
	group := c.pending[at]
	n := min(c.together(group), cmp.Or(c.most, RowsPerGroup))
	if n < len(group) {
		c.pending[at] = group[n:]
		return group[:n:n]
	}
	c.pending = slices.Delete(c.pending, at, at+1)
	return group // with all of its room, for reuse
}

// nothing tells whether no outcome is pending.
func (c *completer) nothing() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.pending) == 0
}

// next returns which group is to be written: the first, unless it is one that spoils, and
// such a one was waited for in vain just now. Many of them must not hold up all others.
func (c *completer) next() int {
	if !c.waited.IsZero() && time.Since(c.waited) < lockedRest {
		if i := slices.IndexFunc(c.pending, func(group []finished) bool { return !group[0].spoils() }); i > 0 {
			return i
		}
	}
	return 0
}

// together is how many of the first outcomes are of one owner, and each of another row,
// and no more than the time of a statement is enough for.
func (c *completer) together(group []finished) int {
	if clear(c.seen); c.seen == nil {
		c.seen = make(map[uint64]bool, RowsPerGroup)
	}
	sum := 0
	for i := range group {
		f := &group[i]
		sum += f.bytes()
		if f.job.gen.owner != group[0].job.gen.owner || c.seen[f.job.ID] || i > 0 && sum > bytesPerGroup {
			return i
		}
		c.seen[f.job.ID] = true
	}
	return len(group)
}

// reuse keeps the room of a group that is written for one that is begun later. While one
// group is written the next is filled, so two are kept.
func (c *completer) reuse(group []finished) {
	clear(group)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.spare) < 2 {
		c.spare = append(c.spare, group[:0])
	}
}

// room returns what a new group can be filled into: where the one before it is full, all
// that it will need. The caller holds the lock.
func (c *completer) room(full bool) (group []finished) {
	if last := len(c.spare) - 1; last >= 0 {
		group, c.spare = c.spare[last], c.spare[:last]
		return group
	}
	if full {
		return make([]finished, 0, RowsPerGroup)
	}
	return nil
}

// left is how many outcomes are not recorded. Only run calls it.
func (c *completer) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := len(c.aside)
	for _, group := range c.pending {
		left += len(group)
	}
	return left
}
