// Package proxy is a TCP proxy that misbehaves on command: it stands between a
// client and a server in tests, and cuts, refuses, delays, holds and pauses what
// passes through it.
package proxy

import (
	"context"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"
)

// Proxy forwards connections from its own address to a target. All methods may be
// called at any time from any goroutine.
type Proxy struct {
	listener *net.TCPListener
	target   string
	ctx      context.Context // ends with Close
	stop     context.CancelFunc
	tasks    sync.WaitGroup

	mu     sync.Mutex
	links  map[*link]struct{}
	faults faults
	snares []*snare
}

// New listens on a free port of the loopback and forwards to target, a host:port,
// faultlessly until told otherwise. The caller closes it.
func New(target string) (*Proxy, error) {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return nil, fmt.Errorf("listening for the proxy to %s: %w", target, err)
	}
	ctx, stop := context.WithCancel(context.Background())
	p := &Proxy{listener: listener, target: target, ctx: ctx, stop: stop,
		links: map[*link]struct{}{}, faults: faultless()}
	p.tasks.Go(p.accept)
	return p, nil
}

// Addr is the host:port to connect to instead of the target's.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// Close cuts everything, and returns when nothing of the proxy runs any more.
func (p *Proxy) Close() error {
	p.stop()
	err := p.listener.Close()
	p.Cut()
	p.tasks.Wait()
	return err
}

// Cut resets all connections on both sides. New ones are served.
func (p *Proxy) Cut() {
	p.mu.Lock()
	links := make([]*link, 0, len(p.links))
	for l := range p.links {
		links = append(links, l)
	}
	p.mu.Unlock()
	for _, l := range links {
		l.cut()
	}
}

// Refuse resets each new connection as soon as it is made, until Heal. Those that
// exist live on; Refuse and then Cut is a server that is away.
func (p *Proxy) Refuse() { p.change(func(f *faults) { f.refuse = true }) }

// CutRandomly gives each new connection a number of bytes, from 1 to most (which
// is positive), after which it is cut, in the middle of whatever it transmits; both
// directions count. The same seed gives the same numbers in the order of connecting. Heal ends it.
func (p *Proxy) CutRandomly(seed uint64, most int64) {
	p.change(func(f *faults) { f.budget = budgets(seed, most) })
}

// Delay holds each piece of data back by d before it is passed on, in both
// directions.
func (p *Proxy) Delay(d time.Duration) { p.change(func(f *faults) { f.delay = d }) }

// Pause lets nothing pass, in either direction, until Resume or Heal. Connections
// stay, and new ones are made.
func (p *Proxy) Pause() { p.change((*faults).pause) }

// Resume passes on what Pause has kept.
func (p *Proxy) Resume() { p.change((*faults).resume) }

// Heal ends all faults but those of CutReply and Hold, which wait for their
// request. Connections that live are cut no more.
func (p *Proxy) Heal() {
	p.change(func(f *faults) {
		f.resume()
		*f = faultless()
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		l.spare()
	}
}

// CutReply waits for a request of which match is true, passes it on, and cuts the
// connection in the place of the answer: the server has done it, and the client
// cannot know. It acts once; cut is closed when it has.
//
// match sees what the client sent as it arrives, so that a short request of a
// protocol without pipelining is seen whole. It is not called concurrently, and
// must not call the proxy.
func (p *Proxy) CutReply(match func(request []byte) bool) (cut <-chan struct{}) {
	s := newSnare(match)
	s.cutReply = true
	p.lay(s)
	return s.caught
}

// Hold waits for a request of which match is true, as CutReply does, and keeps it,
// and what follows it on that connection, from the server until release is called:
// then it is delivered, even if the client has gone away in the meantime. held is
// closed when the request is caught. release may be called more than once.
func (p *Proxy) Hold(match func(request []byte) bool) (held <-chan struct{}, release func()) {
	s := newSnare(match)
	p.lay(s)
	return s.caught, s.release
}

func (p *Proxy) change(f func(*faults)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.faults)
}

func (p *Proxy) current() faults {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.faults
}

func (p *Proxy) lay(s *snare) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.snares = append(p.snares, s)
}

// catch returns the snare that waits for this request, and takes it away.
func (p *Proxy) catch(request []byte) *snare {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := slices.IndexFunc(p.snares, func(s *snare) bool { return s.match(request) })
	if i < 0 {
		return nil
	}
	s := p.snares[i]
	p.snares = slices.Delete(p.snares, i, i+1)
	return s
}
