package consumer

import (
	"simplest_script/core"
	"simplest_script/core/middleware"
)

// replace has another goroutine take over from a worker whose handler has ended its
// goroutine with runtime.Goexit: else there would be one worker less, and what waits
// for the message in its hands would wait for ever.
func (c *consumer) replace(h *hand) {
	if !h.calling {
		return
	}
	h.calling = false
	c.workers.Go(func() {
		c.x.exited(h)
		c.worker(h)
	})
}

// exited brings the turn to its end in whose messages the handler has ended the
// goroutine: they have failed, as after an error.
func (x *executor) exited(h *hand) {
	l, ts := h.inWork()
	if x.batch != nil {
		asked := x.asked(l, ts)
		x.afterBatch(h, l, ts, asked, all(len(asked), middleware.ErrGoexit))
	} else if pause, ok := x.after(l, ts[0], middleware.ErrGoexit); !ok {
		h.fail(ts, nil, pause)
	}
	h.end()
	l.end()
}

// inWork returns the messages that were begun last and are not through, and their
// lane.
func (h *hand) inWork() (*lane, []*core.Task) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := &h.turns[h.at]
	return t.lane, t.tasks[h.done:h.begun]
}
