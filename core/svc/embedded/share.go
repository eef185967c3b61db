package embedded

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

const (
	patience = 10 * time.Second     // for another process to say where its service is
	pause    = 5 * time.Millisecond // between two looks
)

// Service is a running service: one of this process, or another process's.
type Service struct {
	Addr string // host:port
	Own  bool   // it runs in this process, and ends with Close

	close func() error
}

// Close ends a service of this process, and takes its address back. A service of
// another process stays as it is.
func (s *Service) Close() error { return s.close() }

// starter starts a service in this process.
type starter func() (addr string, stop func() error, err error)

// share returns the service of that name which belongs to the folder: the one that
// another process runs, or else one that start starts here.
func share(ctx context.Context, dir, name string, start starter) (*Service, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of the embedded services: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	lock := flock.New(filepath.Join(dir, name+".lock"))
	for {
		mine, err := lock.TryLock()
		if err != nil {
			return nil, fmt.Errorf("locking %s: %w", lock.Path(), err)
		}
		if mine {
			return own(dir, name, lock, start)
		}
		addr, err := find(dir, name)
		if err != nil {
			return nil, err
		}
		if addr != "" && answers(ctx, addr) {
			return &Service{Addr: addr, close: func() error { return nil }}, nil
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("the embedded %s of another process, which holds %s, does not answer: %w", name, lock.Path(), ctx.Err())
		case <-time.After(pause):
		}
	}
}

// own starts the service here. Whoever waits is served as soon as its address is written.
func own(dir, name string, lock *flock.Flock, start starter) (*Service, error) {
	addr, stop, err := start()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("starting the embedded %s: %w", name, err), lock.Unlock())
	}
	if err := publish(dir, name, addr); err != nil {
		return nil, errors.Join(err, stop(), lock.Unlock())
	}
	return &Service{Addr: addr, Own: true, close: func() error {
		return errors.Join(withdraw(dir, name), stop(), lock.Unlock())
	}}, nil
}

func answers(ctx context.Context, addr string) bool {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}
