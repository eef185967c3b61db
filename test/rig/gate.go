//go:build unix

package rig

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// Gate is where handlers of the kinds Gated and Stubborn wait for the test. It is a
// server, since they run in other processes.
type Gate struct {
	listener net.Listener
	tasks    sync.WaitGroup

	mu      sync.Mutex
	waiting map[net.Conn]string // → job
	open    bool
}

func newGate(tb testing.TB) *Gate {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	g := &Gate{listener: listener, waiting: map[net.Conn]string{}}
	g.tasks.Go(g.accept)
	tb.Cleanup(func() {
		require.NoError(tb, listener.Close())
		g.Open()
		g.tasks.Wait()
	})
	return g
}

func (g *Gate) addr() string { return g.listener.Addr().String() }

// Waiting returns how many handlers wait.
func (g *Gate) Waiting() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.waiting)
}

// Open lets all handlers pass, those to come too.
func (g *Gate) Open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = true
	for conn := range g.waiting {
		letPass(conn)
	}
}

// Shut lets nobody pass any more.
func (g *Gate) Shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
}

func (g *Gate) accept() {
	for {
		conn, err := g.listener.Accept()
		if err != nil {
			return
		}
		g.tasks.Go(func() { g.serve(conn) })
	}
}

// serve holds one handler until it has passed or its process is gone.
func (g *Gate) serve(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	job, err := reader.ReadString('\n')
	if err != nil {
		return
	}
	g.mu.Lock()
	g.waiting[conn] = strings.TrimSpace(job)
	if g.open {
		letPass(conn)
	}
	g.mu.Unlock()
	_, _ = reader.ReadByte() // there is none: this ends when the other side does
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.waiting, conn)
}

func letPass(conn net.Conn) {
	_, _ = conn.Write([]byte{'\n'}) // who is gone needs no answer
}

// passGate is the handler's side. It returns the cause of ctx where that ends first.
func passGate(ctx context.Context, job string) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", os.Getenv(gateVariable))
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	if _, err := fmt.Fprintln(conn, job); err != nil {
		return errors.Join(err, context.Cause(ctx))
	}
	if _, err := bufio.NewReader(conn).ReadByte(); err != nil {
		return errors.Join(fmt.Errorf("waiting at the gate: %w", err), context.Cause(ctx))
	}
	return nil
}
