package core

import (
	"encoding/json"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Task is one piece of work as a handler sees it. The engines fill it in; a
// handler reads the fields and reports through SetResult and Progress.
type Task struct {
	// ID is the same for every attempt at the same work. Use it as the
	// idempotency key of what the handler does outside.
	ID string
	// ExecCmd is the name under which the handler is registered.
	ExecCmd string
	// Name is the text for people: the name of the entry, or of the pushed job.
	Name string
	// Payload is the params of a job or cron entry, or the value of a message.
	Payload []byte
	// Attempt is 1 the first time. A daemon that shut down before the handler
	// was started has not used up an attempt.
	Attempt int
	// MaxAttempts is the number of attempts after which the work has failed.
	MaxAttempts int
	// DueAt is when this attempt was due. Zero for messages.
	DueAt time.Time

	// Key, Headers, Topic, Partition and Offset are set for Kafka messages.
	Key       []byte
	Headers   map[string]string
	Topic     string
	Partition int32
	chains    bool // see AllowSuccessors; here it takes no room
	Offset    int64
	// TraceID joins the work to the request that caused it, where that is known.
	TraceID string

	// Most handlers of messages report nothing: a pointer keeps tasks small.
	report atomic.Pointer[report]
}

// report is what a handler says about its attempt.
type report struct {
	mu       sync.Mutex
	result   []byte
	percent  int
	progress string

	successors []DelayQueuePushParams
}

// toReport returns the report, made by the first that asks.
func (t *Task) toReport() *report {
	if r := t.report.Load(); r != nil {
		return r
	}
	t.report.CompareAndSwap(nil, &report{})
	return t.report.Load()
}

// SetResult stores v, encoded as JSON, as the result of this attempt; the last
// call wins. It returns an error, and keeps the previous result, where v cannot
// be encoded. It may be called from several goroutines.
func (t *Task) SetResult(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding the result of %s: %w", t.ExecCmd, err)
	}
	r := t.toReport()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result = b
	return nil
}

// Result returns the JSON that SetResult stored, or nil. Engines and tests read it.
func (t *Task) Result() []byte {
	r := t.report.Load()
	if r == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.result
}

// Progress says how far the work is, in percent from 0 to 100, and in words.
// Only the newest report is kept. It may be called from several goroutines.
func (t *Task) Progress(percent int, text string) {
	r := t.toReport()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.percent, r.progress = min(max(percent, 0), 100), text
}

// LastProgress returns what Progress was last told. Engines and tests read it.
func (t *Task) LastProgress() (percent int, text string) {
	r := t.report.Load()
	if r == nil {
		return 0, ""
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.percent, r.progress
}
