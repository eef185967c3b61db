//go:build unix

package chaos_test

import (
	"fmt"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/test/rig"
)

// lane is what one pusher after another pushes: one that is killed, or kills itself, is
// followed by one that pushes the rest.
type lane struct {
	*storm
	order   rig.Order
	begun   int
	process *rig.Process
}

// newLanes shares the jobs out: most by Push, some by plain INSERT, some in transactions
// of the pusher's own, and some with unique keys, the same ones by two pushers at once.
func (s *storm) newLanes() []*lane {
	// A daemon that wakes up shall meet jobs that another one runs again by now.
	rich := rig.Order{Rich: true, Mends: true, LongEach: s.each, Long: min(s.verdict, 5*time.Second)}
	own := rich
	own.Tx = true
	keys := rig.Order{Keys: "k", Mends: true}
	lanes := []*lane{
		s.newLane("push0", 30, rich), s.newLane("push1", 30, rich), s.newLane("plain", 20, rig.Order{Plain: true}),
		s.newLane("own", 10, own), s.newLane("key0", 10, keys), s.newLane("key1", 10, keys),
	}
	for _, l := range lanes {
		l.start()
	}
	return lanes
}

func (s *storm) newLane(name string, percent int, o rig.Order) *lane {
	o.Prefix, o.Jobs, o.Each = name, s.jobs*percent/100, s.each
	if o.Tx {
		const smaller, deaths = 5, 6 // there are more transactions, and enough for so many to be died in
		o.Each = max(o.Each/smaller, 1)
		o.DieIn = max(o.Jobs/o.Each/deaths, 4) // before it dies, each commits some and rolls one back
	}
	o.First, o.Over = 200*time.Millisecond, 2*s.verdict
	const busy = 0.8 // of the time something is pushed
	o.Pace = time.Duration(busy * float64(s.length) * float64(o.Each) / float64(o.Jobs))
	return &lane{storm: s, order: o}
}

func (l *lane) start() {
	o := l.order
	o.Prefix = fmt.Sprintf("%s.%d", o.Prefix, l.begun)
	l.begun++
	l.process = l.Pusher(o, l.Through(l.pushing.Addr()))
}

// orphan kills the pusher, unless it has pushed all.
func (l *lane) orphan() {
	if l.process.Ended() {
		return
	}
	l.process.Signal(syscall.SIGKILL)
	l.follow()
}

// look finds out whether the pusher has ended.
func (l *lane) look() {
	if l.order.Jobs > 0 && l.process.Ended() {
		l.follow()
	}
}

// follow waits until the pusher has ended, and has the rest pushed.
func (l *lane) follow() {
	if code := l.process.Wait(); code > 0 {
		require.Fail(l, "a pusher failed", l.process.Output())
	}
	if l.order.Jobs -= l.process.Pushed(); l.order.Jobs > 0 {
		l.start()
	}
}

// finish waits until all is pushed.
func (l *lane) finish() {
	for l.order.Jobs > 0 {
		l.follow()
	}
}
