package consumer

import (
	"sync"
	"sync/atomic"

	"simplest_script/core"
)

// doom knows which messages are to be dead-lettered, and why, from when that is
// decided until it is done. Mostly there are none, and asking costs nothing then.
type doom struct {
	n       atomic.Int32
	mu      sync.Mutex
	reasons map[*core.Task]error
}

func (d *doom) decide(t *core.Task, reason error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.reasons == nil {
		d.reasons = map[*core.Task]error{}
	}
	d.reasons[t] = reason
	d.n.Store(int32(len(d.reasons)))
}

// of returns why a message is to be dead-lettered, or nil.
func (d *doom) of(t *core.Task) error {
	if d.n.Load() == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.reasons[t]
}

func (d *doom) done(t *core.Task) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.reasons, t)
	d.n.Store(int32(len(d.reasons)))
}
