package consumer_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"simplest_script/core"
)

// list is a lane in memory.
type list struct {
	expired atomic.Bool // its lease is over
	name    string

	mu      sync.Mutex
	waiting []*core.Task
	out     []*core.Task // fetched since the last putBack
	marked  map[*core.Task]bool
	done    []string // ids in the order in which they were marked
	dead    map[string]string
	deadErr error
	more    chan struct{}
}

func newList(name string, n int) *list {
	l := &list{name: name, dead: map[string]string{}, marked: map[*core.Task]bool{}, more: make(chan struct{}, 1)}
	for i := range n {
		l.waiting = append(l.waiting, &core.Task{ID: fmt.Sprintf("%s/%d", name, i), Payload: []byte("x"), Attempt: 1})
	}
	return l
}

func (l *list) Name() string { return l.name }

func (l *list) Fetch(ctx context.Context, n int) ([]*core.Task, error) {
	for {
		l.mu.Lock()
		n := min(n, len(l.waiting))
		ts := l.waiting[:n:n]
		l.waiting = l.waiting[n:]
		l.out = append(l.out, ts...)
		l.mu.Unlock()
		if n > 0 {
			return ts, nil
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-l.more:
		}
	}
}

func (l *list) push(ts ...*core.Task) {
	l.mu.Lock()
	l.waiting = append(l.waiting, ts...)
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// Held makes a list a lane with a lease.
func (l *list) Held() bool { return !l.expired.Load() }

func (l *list) Done(ts []*core.Task) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range ts {
		l.done = append(l.done, t.ID)
		l.marked[t] = true
	}
}

// putBack makes what was fetched and is not done come again.
func (l *list) putBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	again := slices.DeleteFunc(l.out, func(t *core.Task) bool { return l.marked[t] })
	l.waiting, l.out = slices.Concat(again, l.waiting), nil
}

func (l *list) Dead(_ context.Context, t *core.Task, reason error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.deadErr != nil {
		return l.deadErr
	}
	l.dead[t.ID] = reason.Error()
	return nil
}

func (l *list) allowDead(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.deadErr = err
}

func (l *list) finished() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.done)
}

func (l *list) ids(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("%s/%d", l.name, i)
	}
	return out
}

// memory is a source whose lanes are lists.
type memory struct {
	lists []*list

	lost  context.Context // where set, its end takes the lanes away; nil: never
	fault error           // what Run answers after half a second
	again chan struct{}   // takes the lanes away and gives them back at once, with what is not done; may be nil

	mu  sync.Mutex
	lag core.Lag
	err error
}

func (m *memory) Run(intake, work context.Context, serve core.Serve) error {
	if m.lost != nil {
		work = m.lost
	}
	if m.fault != nil {
		<-time.After(500 * time.Millisecond)
		return m.fault
	}
	for m.session(intake, work, serve) {
	}
	return nil
}

// session is one assignment of the lanes. It tells whether there is another one.
func (m *memory) session(intake, work context.Context, serve core.Serve) (another bool) {
	mine, take := context.WithCancel(intake)
	defer take()
	var all sync.WaitGroup
	for _, l := range m.lists {
		all.Go(func() { serve(mine, work, l) })
	}
	select {
	case <-m.again:
		take()
	case <-intake.Done():
	}
	all.Wait()
	for _, l := range m.lists {
		l.putBack()
	}
	return intake.Err() == nil
}

func (m *memory) Lag(context.Context) (core.Lag, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lag, m.err
}

func (m *memory) setLag(messages int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.lag = core.Lag{Messages: messages, Lanes: len(m.lists)}
}

var errBroken = errors.New("broken")
