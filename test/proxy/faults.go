package proxy

import (
	"math"
	"math/rand/v2"
	"sync"
	"time"
)

// unlimited is the number of bytes that a connection has where it is not cut.
const unlimited = math.MaxInt64

// faults is how the proxy misbehaves at present.
type faults struct {
	refuse bool
	delay  time.Duration
	budget func() int64  // bytes for the next connection
	open   chan struct{} // closed while data may pass
}

func faultless() faults {
	f := faults{budget: func() int64 { return unlimited }, open: make(chan struct{})}
	close(f.open)
	return f
}

func (f *faults) paused() bool {
	select {
	case <-f.open:
		return false
	default:
		return true
	}
}

func (f *faults) pause() {
	if !f.paused() {
		f.open = make(chan struct{})
	}
}

func (f *faults) resume() {
	if f.paused() {
		close(f.open)
	}
}

// budgets draws numbers from 1 to most; the proxy's lock guards its state.
func budgets(seed uint64, most int64) func() int64 {
	r := rand.New(rand.NewPCG(seed, seed))
	return func() int64 { return 1 + r.Int64N(most) }
}

// snare waits for one request.
type snare struct {
	match    func([]byte) bool
	cutReply bool // else the request is held
	caught   chan struct{}
	released chan struct{}
	release  func()
}

func newSnare(match func([]byte) bool) *snare {
	s := &snare{match: match, caught: make(chan struct{}), released: make(chan struct{})}
	s.release = sync.OnceFunc(func() { close(s.released) })
	return s
}
