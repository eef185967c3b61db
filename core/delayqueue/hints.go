package delayqueue

import "sync"

// hints are the kinds that the claimer should look at before its next scan.
type hints struct {
	mu    sync.Mutex
	kinds map[*kind]bool
	wake  chan struct{}
}

func newHints() *hints { return &hints{kinds: map[*kind]bool{}, wake: make(chan struct{}, 1)} }

func (h *hints) ask(k *kind) {
	h.mu.Lock()
	h.kinds[k] = true
	h.mu.Unlock()
	select {
	case h.wake <- struct{}{}:
	default:
	}
}

func (h *hints) take() []*kind {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := make([]*kind, 0, len(h.kinds))
	for k := range h.kinds {
		out = append(out, k)
	}
	clear(h.kinds)
	return out
}
