//go:build unix

package chaos_test

import (
	"fmt"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/test/rig"
)

// lane is what one pusher after another pushes: one that is killed is followed by one
// that pushes the rest.
type lane struct {
	*storm
	order   rig.Order
	begun   int
	process *rig.Process
}

// newLanes shares the jobs out: most by Push, some by plain INSERT, and some with
// unique keys, the same ones by two pushers at once.
func (s *storm) newLanes() []*lane {
	// A daemon that wakes up shall meet jobs that another one runs again by now.
	rich := rig.Order{Rich: true, LongEach: s.each, Long: min(s.verdict, 5*time.Second)}
	lanes := []*lane{
		s.newLane("push0", 35, rich), s.newLane("push1", 35, rich), s.newLane("plain", 20, rig.Order{Plain: true}),
		s.newLane("key0", 10, rig.Order{Keys: "k"}), s.newLane("key1", 10, rig.Order{Keys: "k"}),
	}
	for _, l := range lanes {
		l.start()
	}
	return lanes
}

func (s *storm) newLane(name string, percent int, o rig.Order) *lane {
	o.Prefix, o.Jobs, o.Each = name, s.jobs*percent/100, s.each
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
	l.process.Wait()
	if l.order.Jobs -= l.process.Pushed(); l.order.Jobs > 0 {
		l.start()
	}
}

// finish waits until all is pushed.
func (l *lane) finish() {
	if code := l.process.Wait(); code > 0 {
		require.Fail(l, "a pusher failed", l.process.Output())
	}
}
