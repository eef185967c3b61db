package lease

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"simplest_script/core/tool/clock"
)

// Pulse is the sign of life of one part of the daemon. While the part is silent
// for longer than Config.Stall, the daemon does not beat: a process in which an
// essential part hangs must not keep the work that it owns.
type Pulse struct {
	name  string
	last  atomic.Int64 // time of the last report on the Boot clock
	clk   clock.Clock
	parts *parts
}

// Report says that the part makes progress. It costs one reading of the clock;
// a part calls it at least once in each second, from the loop that does the work.
func (p *Pulse) Report() { p.last.Store(int64(p.clk.Boot())) }

// Close says that the part has ended in good order, and is no longer waited for.
func (p *Pulse) Close() {
	p.parts.mu.Lock()
	defer p.parts.mu.Unlock()
	delete(p.parts.all, p)
}

// parts are those whose reports keep the beat going.
type parts struct {
	mu  sync.Mutex
	all map[*Pulse]struct{}
}

func (ps *parts) add(name string, clk clock.Clock) *Pulse {
	p := &Pulse{name: name, clk: clk, parts: ps}
	p.Report()
	ps.mu.Lock()
	defer ps.mu.Unlock()
	if ps.all == nil {
		ps.all = make(map[*Pulse]struct{})
	}
	ps.all[p] = struct{}{}
	return p
}

// silent describes the parts that have not reported for longer than stall.
// Silence before since does not count: a part that has no lease has nothing to
// report about.
func (ps *parts) silent(now, since, stall time.Duration) []string {
	ps.mu.Lock()
	defer ps.mu.Unlock()
	var names []string
	for p := range ps.all {
		last := time.Duration(p.last.Load())
		if now-max(last, since) > stall {
			names = append(names, fmt.Sprintf("%s (silent for %v)", p.name, (now-last).Round(time.Second/10)))
		}
	}
	slices.Sort(names)
	return names
}
