package kafka

import (
	"context"
	"net"
	"sync"
	"time"
)

// dialer opens the connections of one sarama client and can hang them all up.
// Calls of sarama take no context; hanging up is how they are cut short.
type dialer struct {
	dial Dial
	ctx  context.Context
	hang context.CancelFunc

	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

// connectTimeout is how long the opening of one connection may take.
const connectTimeout = 5 * time.Second

func newDialer(dial Dial) *dialer {
	if dial == nil {
		plain := &net.Dialer{
			Timeout: connectTimeout,
			// A broker whose machine is gone is noticed after 25 s of silence.
			KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3},
		}
		dial = plain.DialContext
	}
	d := &dialer{dial: dial, conns: map[net.Conn]struct{}{}}
	d.ctx, d.hang = context.WithCancel(context.Background())
	return d
}

// Dial opens a connection, for sarama.
func (d *dialer) Dial(network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(d.ctx, connectTimeout)
	defer cancel()
	conn, err := d.dial(ctx, network, address)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.ctx.Err(); err != nil {
		conn.Close()
		return nil, err
	}
	d.conns[conn] = struct{}{}
	return &dialled{Conn: conn, dialer: d}, nil
}

// hangUp closes all connections and opens no more.
func (d *dialer) hangUp() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hang()
	for conn := range d.conns {
		conn.Close()
	}
	clear(d.conns)
}

func (d *dialer) hungUp() bool { return d.ctx.Err() != nil }

// dialled is a connection that its dialer forgets when it is closed.
type dialled struct {
	net.Conn
	dialer *dialer
}

// Close closes the connection.
func (c *dialled) Close() error {
	c.dialer.mu.Lock()
	delete(c.dialer.conns, c.Conn)
	c.dialer.mu.Unlock()
	return c.Conn.Close()
}
