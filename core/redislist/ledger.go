package redislist

import (
	"slices"
	"sort"
	"time"

	"simplest_script/core"
)

// batch is what one fetch brought.
type batch struct {
	name    string
	first   int64         // the number of its first message in the lane
	tasks   []*core.Task  // by place; nil once it is done
	open    int           // how many are not nil
	fetched time.Duration // when it came, on the Boot clock
	sure    time.Duration // when the last request was sent that set its deadline
	lost    bool          // it was reaped: its messages come again elsewhere
	taken   bool          // it is finished, and being acknowledged
	noted   map[int]bool  // places of which Redis knows that they are done
}

// note remembers that Redis knows of places that they are done.
func (b *batch) note(places []int) {
	if b.noted == nil {
		b.noted = make(map[int]bool, len(places))
	}
	for _, p := range places {
		b.noted[p] = true
	}
}

// news is what Redis does not know yet of an open batch: the places that are done.
type news struct {
	batch  *batch
	places []int
}

// ledger keeps the batches that are out. A message is found by its number in the
// lane, which its task carries as Offset.
//
//	add ─► open ──all done──► finished ──take──► taken ──confirm──► forgotten
//	         └──lose──► lost
//
// It is not safe for concurrent use.
type ledger struct {
	next     int64    // the number of the next message
	open     []*batch // and lost ones, by number
	finished []*batch // and taken ones
	waiting  int      // messages that are not done, but for lost ones
	late     int      // messages that were done after they were lost
}

// add takes in a batch whose tasks are numbered from next.
func (g *ledger) add(b *batch) {
	b.first = g.next
	g.next += int64(len(b.tasks))
	b.open = len(b.tasks)
	g.waiting += b.open
	g.open = append(g.open, b)
}

// find returns the batch of a task and the place in it; nil where that is no longer
// out.
func (g *ledger) find(t *core.Task) (*batch, int) {
	i := sort.Search(len(g.open), func(i int) bool { return g.open[i].first > t.Offset }) - 1
	if i < 0 {
		return nil, 0
	}
	b := g.open[i]
	place := t.Offset - b.first
	if place >= int64(len(b.tasks)) || b.tasks[place] != t {
		return nil, 0
	}
	return b, int(place)
}

// done notes messages as done and returns the batches that are finished by it.
func (g *ledger) done(ts []*core.Task) (finished []*batch) {
	for _, t := range ts {
		b, place := g.find(t)
		if b == nil {
			continue
		}
		b.tasks[place] = nil
		b.open--
		if b.lost {
			g.late++
			continue
		}
		g.waiting--
		if b.open == 0 {
			finished = append(finished, b)
		}
	}
	for _, b := range finished {
		i, _ := slices.BinarySearchFunc(g.open, b.first, func(b *batch, first int64) int { return int(b.first - first) })
		g.open = slices.Delete(g.open, i, i+1)
	}
	g.finished = append(g.finished, finished...)
	return finished
}

// take returns the finished batches of which no acknowledgement is under way. Who
// takes them confirms them, or takes them back.
func (g *ledger) take() (bs []*batch) {
	for _, b := range g.finished {
		if !b.taken {
			b.taken = true
			bs = append(bs, b)
		}
	}
	return bs
}

func (g *ledger) takeBack(bs []*batch) {
	for _, b := range bs {
		b.taken = false
	}
}

// confirm notes that batches are acknowledged.
func (g *ledger) confirm(bs []*batch) {
	g.finished = slices.DeleteFunc(g.finished, func(b *batch) bool { return slices.Contains(bs, b) })
}

// lose notes that a batch was reaped, and returns how many of its messages are not
// done. It is 0 where the batch was finished in the meantime.
func (g *ledger) lose(name string) int {
	for _, b := range g.open {
		if b.name == name && !b.lost {
			b.lost = true
			g.waiting -= b.open
			return b.open
		}
	}
	return 0
}

// oldest returns the first batch that is open and not lost, or nil.
func (g *ledger) oldest() *batch {
	for _, b := range g.open {
		if !b.lost {
			return b
		}
	}
	return nil
}

// held returns the batches that are open and not lost, oldest first.
func (g *ledger) held() []*batch {
	bs := make([]*batch, 0, len(g.open))
	for _, b := range g.open {
		if !b.lost {
			bs = append(bs, b)
		}
	}
	return bs
}

// news returns what is done of open batches and was not noted yet.
func (g *ledger) news() (all []news) {
	for _, b := range g.open {
		if b.lost || len(b.tasks)-b.open == len(b.noted) {
			continue
		}
		n := news{batch: b}
		for place, t := range b.tasks {
			if t == nil && !b.noted[place] {
				n.places = append(n.places, place)
			}
		}
		all = append(all, n)
	}
	return all
}

// unsettled returns all batches that Redis still has to keep for this lane.
func (g *ledger) unsettled() []*batch { return append(g.held(), g.finished...) }

// forget lets go of an open batch whose messages were put back.
func (g *ledger) forget(b *batch) {
	if i := slices.Index(g.open, b); i >= 0 {
		g.open = slices.Delete(g.open, i, i+1)
		g.waiting -= b.open
	}
}
