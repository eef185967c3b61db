package delayqueue

import (
	"cmp"
	"slices"
)

type finished struct {
	job     *job
	outcome Outcome
	waits   int // how often its row, or a key of its successors, was locked
}

// spoils tells whether f is better written alone. A key of its successors was held by
// another transaction, of which a store cannot tell beforehand: if it still is, those
// who are in one statement with it wait for it in vain, again in each half of them.
func (f finished) spoils() bool { return f.waits > 0 && len(f.outcome.Successors) > 0 }

// add hands over an outcome. It never blocks: how many are pending is bounded by
// hand, which starts no job of a kind while too many of it are out.
func (c *completer) add(j *job, o Outcome) { c.put(finished{job: j, outcome: o}) }

func (c *completer) put(f finished) {
	c.mu.Lock()
	if last := len(c.pending) - 1; last >= 0 && len(c.pending[last]) < RowsPerGroup && !c.pending[last][0].spoils() && !f.spoils() {
		c.pending[last] = append(c.pending[last], f)
	} else {
		c.pending = append(c.pending, []finished{f})
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
	group := c.pending[0]
	n := min(together(group), cmp.Or(c.most, RowsPerGroup))
	if n < len(group) {
		c.pending[0] = group[n:]
	} else {
		c.pending = slices.Delete(c.pending, 0, 1)
	}
	return group[:n:n]
}

// together is how many of the first outcomes are of one owner, and each of another row.
func together(group []finished) int {
	seen := make(map[uint64]bool, len(group))
	for i, f := range group {
		if f.job.gen.owner != group[0].job.gen.owner || seen[f.job.ID] {
			return i
		}
		seen[f.job.ID] = true
	}
	return len(group)
}

func (c *completer) left() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := c.aside
	for _, group := range c.pending {
		left += len(group)
	}
	return left
}
