package cli

import (
	"sync"

	"simplest_script/core/delayqueue"
)

// ownJobs passes on only what happens to jobs that this process pushed: a demo
// does not count what an earlier one left behind. A job can start before its push
// has returned, so what is not known yet is kept until it is.
type ownJobs struct {
	next delayqueue.Observer

	mu    sync.Mutex
	own   map[uint64]bool
	early map[uint64][]delayqueue.Event
}

func onlyOwn(next delayqueue.Observer) *ownJobs {
	return &ownJobs{next: next, own: map[uint64]bool{}, early: map[uint64][]delayqueue.Event{}}
}

// observe is a delayqueue.Observer.
func (o *ownJobs) observe(e delayqueue.Event) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if e.Type == delayqueue.Pushed {
		o.own[e.ID] = true
		o.next(e)
		for _, before := range o.early[e.ID] {
			o.next(before)
		}
		delete(o.early, e.ID)
		return
	}
	if !o.own[e.ID] {
		o.early[e.ID] = append(o.early[e.ID], e)
		return
	}
	o.next(e)
}
