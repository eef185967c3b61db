package proxy

import (
	"context"
	"errors"
	"io"
	"net"
	"sync"
	"time"
)

// accept serves clients until the listener is closed.
func (p *Proxy) accept() {
	for {
		client, err := p.listener.AcceptTCP()
		if err != nil {
			return
		}
		if l := p.join(client); l != nil {
			p.tasks.Go(l.run)
		}
	}
}

// link is one connection: from the client to the proxy, and on to the server.
type link struct {
	proxy  *Proxy
	client *net.TCPConn
	ctx    context.Context // ends with cut
	cancel context.CancelFunc

	mu      sync.Mutex
	server  *net.TCPConn
	left    int64  // bytes until it is cut
	trapped *snare // the reply that comes next is its
}

// join makes a link for a client, or resets it where none is wanted.
func (p *Proxy) join(client *net.TCPConn) *link {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.faults.refuse || p.ctx.Err() != nil {
		reset(client)
		return nil
	}
	l := &link{proxy: p, client: client, left: p.faults.budget()}
	l.ctx, l.cancel = context.WithCancel(p.ctx)
	p.links[l] = struct{}{}
	return l
}

// run forwards until both directions have ended.
func (l *link) run() {
	defer l.leave()
	conn, err := new(net.Dialer).DialContext(l.ctx, "tcp", l.proxy.target)
	if err != nil || !l.attach(conn.(*net.TCPConn)) {
		l.cut()
		return
	}
	var both sync.WaitGroup
	both.Go(l.up)
	both.Go(l.down)
	both.Wait()
}

// attach takes the connection to the server, unless the link was cut while it was made.
func (l *link) attach(server *net.TCPConn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ctx.Err() != nil {
		reset(server)
		return false
	}
	l.server = server
	return true
}

// leave closes in good order what was not cut.
func (l *link) leave() {
	l.cancel()
	_ = l.client.Close()
	if l.server != nil {
		_ = l.server.Close()
	}
	l.proxy.mu.Lock()
	defer l.proxy.mu.Unlock()
	delete(l.proxy.links, l)
}

// cut resets both sides.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cancel()
	reset(l.client)
	if l.server != nil {
		reset(l.server)
	}
}

// reset closes a connection so that its other end sees an error, not an end.
func reset(c *net.TCPConn) {
	_ = c.SetLinger(0)
	_ = c.Close()
}

// up forwards requests. When the client ends, in whatever way, the server still
// gets all that was sent before: so it is on a network.
func (l *link) up() {
	_ = l.pump(l.client, func(request []byte) error {
		if s := l.proxy.catch(request); s != nil {
			l.fallInto(s)
		}
		return l.forward(l.server, request)
	})
	l.end(l.server)
}

// fallInto holds the request that was caught, or marks its reply.
func (l *link) fallInto(s *snare) {
	if s.cutReply {
		l.mu.Lock()
		l.trapped = s
		l.mu.Unlock()
		return
	}
	close(s.caught)
	select {
	case <-s.released:
	case <-l.ctx.Done():
	}
}

// down forwards replies. A client that is gone takes none, but the server goes on
// talking until it has noticed.
func (l *link) down() {
	err := l.pump(l.server, func(reply []byte) error {
		l.mu.Lock()
		s := l.trapped
		l.mu.Unlock()
		if s == nil {
			_ = l.forward(l.client, reply)
			return nil
		}
		l.cut()
		close(s.caught)
		return net.ErrClosed
	})
	if err != nil {
		l.cut()
	}
	l.end(l.client)
}

// end passes on that there is no more to come. Like data it waits for its turn.
func (l *link) end(dst *net.TCPConn) {
	if l.wait() == nil {
		_ = dst.CloseWrite()
	}
}

// pump hands on what src sends until src ends, which is no error, or pass fails.
func (l *link) pump(src *net.TCPConn, pass func([]byte) error) error {
	buf := make([]byte, 32<<10)
	for {
		n, err := src.Read(buf)
		if n > 0 {
			if err := pass(buf[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// forward writes as much of data as the link may still transmit, when it may.
func (l *link) forward(dst *net.TCPConn, data []byte) error {
	if err := l.wait(); err != nil {
		return err
	}
	n, last := l.spend(len(data))
	_, err := dst.Write(data[:n])
	if last {
		l.cut()
	}
	return err
}

// wait delays, and stands still while the proxy is paused.
func (l *link) wait() error {
	f := l.proxy.current()
	if f.delay > 0 {
		select {
		case <-time.After(f.delay):
		case <-l.ctx.Done():
		}
	}
	select {
	case <-f.open:
	case <-l.ctx.Done():
	}
	return l.ctx.Err()
}

// spend takes up to n bytes from what is left; last tells that nothing is.
func (l *link) spend(n int) (allowed int, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left == unlimited {
		return n, false
	}
	allowed = int(min(int64(n), l.left))
	l.left -= int64(allowed)
	return allowed, l.left == 0
}

// spare lifts the limit.
func (l *link) spare() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.left = unlimited
}
