package app

import (
	"context"
	"sync"
)

// gate holds back those who need something until it is there.
type gate struct {
	once sync.Once
	open chan struct{}
}

func newGate() *gate { return &gate{open: make(chan struct{})} }

// let opens the gate for good.
func (g *gate) let() { g.once.Do(func() { close(g.open) }) }

// wait returns nil when the gate is open, or the reason why ctx ended first.
func (g *gate) wait(ctx context.Context) error {
	select {
	case <-g.open:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
