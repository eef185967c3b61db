package consumer

import (
	"slices"
	"strings"

	"simplest_script/core/conf"
)

// Status is how one entry stands in this daemon.
type Status struct {
	Entry     conf.QueueEntry
	Workers   int
	InHand    int   // messages fetched and not done
	Done      int64 // since the entry was started
	Failed    int64 // attempts
	Dead      int64
	Decisions []Decision // of the autoscaler, the newest last
}

// Status returns how the active entries stand, by name.
func (e *Engine) Status() []Status {
	e.mu.Lock()
	defer e.mu.Unlock()
	var out []Status
	for _, a := range e.active {
		out = append(out, Status{
			Entry: a.entry, Workers: a.d.workers(), InHand: a.d.inHand(),
			Done: a.x.done.Load(), Failed: a.x.failed.Load(), Dead: a.x.dead.Load(), Decisions: a.scaler.decisions(),
		})
	}
	slices.SortFunc(out, func(a, b Status) int { return strings.Compare(identity(a.Entry), identity(b.Entry)) })
	return out
}
