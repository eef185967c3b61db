package svc

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"

	"go.uber.org/zap"

	"simplest_script/core/conf"
)

// ErrClosed says that a connection was asked for after Close.
var ErrClosed = errors.New("the services are closed")

// Services opens connections. All its methods may be called concurrently.
type Services struct {
	cfg *conf.Config
	log *zap.Logger

	mu     sync.Mutex
	slots  map[string]*slot
	opened []opened // in order
	closed bool
}

// slot is the place of one connection.
type slot struct {
	turn  chan struct{} // full while somebody looks or opens
	value any           // nil: not opened yet
}

type opened struct {
	what  string
	close func() error
}

// New returns the services of the configuration. It does no I/O.
func New(cfg *conf.Config, log *zap.Logger) *Services {
	return &Services{cfg: cfg, log: log, slots: map[string]*slot{}}
}

// Close closes what was opened, the newest first. It may be called more than once.
func (s *Services) Close() error {
	s.mu.Lock()
	opened := s.opened
	s.opened, s.closed = nil, true
	s.mu.Unlock()
	var problems []error
	for _, o := range slices.Backward(opened) {
		if err := o.close(); err != nil {
			problems = append(problems, fmt.Errorf("closing %s: %w", o.what, err))
		}
	}
	return errors.Join(problems...)
}

// use returns what open opened the first time. Whoever asks meanwhile waits, as
// long as his context lasts. After an error the next one tries again.
func use[T any](ctx context.Context, s *Services, what string, open func(context.Context) (T, func() error, error)) (T, error) {
	var none T
	slot := s.slot(what)
	select {
	case slot.turn <- struct{}{}:
	case <-ctx.Done():
		return none, fmt.Errorf("waiting until %s is open: %w", what, context.Cause(ctx))
	}
	defer func() { <-slot.turn }()
	if s.isClosed() {
		return none, fmt.Errorf("%s: %w", what, ErrClosed)
	}
	if v, ok := slot.value.(T); ok {
		return v, nil
	}
	v, closeIt, err := open(ctx)
	if err != nil {
		return none, fmt.Errorf("opening %s: %w", what, err)
	}
	if !s.keep(opened{what, closeIt}) {
		return none, errors.Join(fmt.Errorf("%s: %w", what, ErrClosed), closeIt())
	}
	slot.value = v
	return v, nil
}

func (s *Services) slot(what string) *slot {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.slots[what] == nil {
		s.slots[what] = &slot{turn: make(chan struct{}, 1)}
	}
	return s.slots[what]
}

func (s *Services) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}

// keep notes what Close has to close; false where Close has been called already.
func (s *Services) keep(o opened) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.closed {
		s.opened = append(s.opened, o)
	}
	return !s.closed
}

// embeddedDir returns where the embedded services keep their data, or an error
// where they are not allowed.
func (s *Services) embeddedDir() (string, error) {
	if s.cfg.Env == conf.Release || s.cfg.Env == conf.Pre {
		return "", fmt.Errorf("embedded services are not for %s: their data would be lost", s.cfg.Env)
	}
	return filepath.Join(s.cfg.Home, "data"), nil
}
