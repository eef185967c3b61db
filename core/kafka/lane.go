package kafka

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"

	"simplest_script/core"
)

// errTaken is what Fetch says when the partition is no longer ours.
var errTaken = errors.New("the partition was taken away")

// lane is a partition while this member has it. It is a core.Lane.
type lane struct {
	topic     string
	partition int32
	window    int
	queue     *queue
	mark      func(next int64) // says which offset may be committed
	commit    func()           // asks for what is marked to be committed soon; does not wait
	bury      func(ctx context.Context, m *sarama.ConsumerMessage, t *core.Task, reason error) error
	taken     chan struct{} // closed when the partition is taken away
	room      chan struct{} // signalled when a commit has made the window wider

	mu      sync.Mutex
	tracker tracker
	moved   time.Time // when a message last came or the watermark last moved
}

// Name returns topic/partition.
func (l *lane) Name() string { return fmt.Sprintf("%s/%d", l.topic, l.partition) }

// drain moves what the broker sends into the queue, without ever waiting for the
// consumer, until the partition is taken away.
func (l *lane) drain(ctx context.Context, messages <-chan *sarama.ConsumerMessage, slice int) {
	for {
		var first *sarama.ConsumerMessage
		select {
		case <-ctx.Done():
			return
		case m, open := <-messages:
			if !open {
				return
			}
			first = m
		}
		l.queue.put(gather(first, messages, slice))
		l.touch()
	}
}

// gather takes along what lies ready behind the first message.
func gather(first *sarama.ConsumerMessage, messages <-chan *sarama.ConsumerMessage, slice int) []*sarama.ConsumerMessage {
	batch := make([]*sarama.ConsumerMessage, 1, min(slice, 1+len(messages)))
	batch[0] = first
	for len(batch) < cap(batch) {
		m, open := <-messages // does not wait: nobody else takes from the channel
		if !open {
			break
		}
		batch = append(batch, m)
	}
	return batch
}

func (l *lane) touch() {
	now := time.Now()
	l.mu.Lock()
	l.moved = now
	l.mu.Unlock()
}

// Fetch returns between 1 and n messages. It waits for the first of them, and for
// the window to have room.
func (l *lane) Fetch(ctx context.Context, n int) ([]*core.Task, error) {
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if l.gone() {
			return nil, errTaken
		}
		if ts := l.give(n); ts != nil {
			return ts, nil
		}
		select {
		case <-ctx.Done():
		case <-l.taken:
		case <-l.queue.ready:
		case <-l.room:
		}
	}
}

// give returns messages that are there, as far as the window allows.
func (l *lane) give(n int) []*core.Task {
	l.mu.Lock()
	room := l.window - l.tracker.size
	l.mu.Unlock()
	if room <= 0 {
		return nil
	}
	messages := l.queue.take(min(n, room))
	if len(messages) == 0 {
		return nil
	}
	ts := tasks(messages)
	l.mu.Lock()
	l.tracker.add(messages)
	l.mu.Unlock()
	return ts
}

// Done moves the offset that is committed next, as far as all before it are done.
func (l *lane) Done(ts []*core.Task) {
	l.mu.Lock()
	for _, t := range ts {
		l.tracker.done(t.Offset)
	}
	next, moved := l.tracker.advance()
	if moved {
		l.moved = time.Now()
		l.mark(next) // under the lock, so that marks keep their order
	}
	l.mu.Unlock()
	if moved && l.due() {
		l.commit()
	}
}

// due tells whether so much of the window is done and not known to be committed
// that the lane is to be committed now.
func (l *lane) due() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.tracker.ahead >= max(l.window/commitShare, 1)
}

// uncommitted returns the offset to commit, and false where nothing is done that is
// not known to be committed.
func (l *lane) uncommitted() (next int64, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.tracker.ahead == 0 {
		return 0, false
	}
	return l.tracker.watermark(), true
}

// committed widens the window, since a crash brings nothing below the offset again.
func (l *lane) committed(offset int64) {
	l.mu.Lock()
	left := l.tracker.committed(offset)
	l.mu.Unlock()
	if left {
		signal(l.room)
	}
}

// Dead writes the message to the topic of dead letters.
func (l *lane) Dead(ctx context.Context, t *core.Task, reason error) error {
	l.mu.Lock()
	m := l.tracker.message(t.Offset)
	l.mu.Unlock()
	if m == nil {
		return fmt.Errorf("%s/%d is not in work: a message can be dead-lettered only before it is done", l.Name(), t.Offset)
	}
	return l.bury(ctx, m, t, reason)
}

// end tells Fetch that the partition was taken away.
func (l *lane) end() {
	l.queue.close()
	close(l.taken)
}

func (l *lane) gone() bool {
	select {
	case <-l.taken:
		return true
	default:
		return false
	}
}

// idle tells since when the lane has had nothing to do; false where messages wait
// or are being worked on.
func (l *lane) idle() (since time.Time, ok bool) {
	if !l.queue.empty() {
		return time.Time{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.moved, l.tracker.size == l.tracker.ahead
}
