package logger

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap/zapcore"
)

// noticeEvery is the shortest time between two notices.
const noticeEvery = time.Minute

// trouble counts what goes wrong with the log itself, and tells a person now and
// then: a full disk must not fill standard error as well.
type trouble struct {
	out     zapcore.WriteSyncer
	dropped atomic.Uint64
	errors  atomic.Uint64

	mu      sync.Mutex
	noticed time.Time
}

// report counts err, and prints it unless something was printed within the minute.
func (t *trouble) report(now time.Time, err error) {
	t.errors.Add(1)
	t.mu.Lock()
	due := t.noticed.IsZero() || now.Sub(t.noticed).Abs() >= noticeEvery
	if due {
		t.noticed = now
	}
	t.mu.Unlock()
	if due {
		// Where standard error fails too, nobody is left to be told.
		_, _ = fmt.Fprintf(t.out, "%s log: %v; %d lines lost so far, still trying (next notice in a minute at the earliest)\n",
			now.Format(time.RFC3339), err, t.dropped.Load())
	}
}
