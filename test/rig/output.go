//go:build unix

package rig

import (
	"strings"
	"sync"
)

// output is what a process has printed so far.
type output struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // closed, and replaced, with each write
}

func newOutput() *output { return &output{more: make(chan struct{})} }

// Write implements io.Writer.
func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.more)
	o.more = make(chan struct{})
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// next returns a channel that is closed by the next write, and what there is before it.
func (o *output) next() (more <-chan struct{}, text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.more, o.text.String()
}
