package kafka

import (
	"sync"

	"github.com/IBM/sarama"
)

// overhead is what a message takes in memory beside its key and value.
const overhead = 128

// queue holds the messages of one partition between the claim, which puts without
// ever waiting, and the consumer. Above high bytes it pauses the fetching of the
// partition, below half of that it resumes it. What is under way when it pauses
// still arrives, so it can grow beyond its mark by one or two fetches.
type queue struct {
	high          int
	pause, resume func() // called with the lock held, so that they keep their order
	ready         chan struct{}

	mu      sync.Mutex
	batches []batch
	bytes   int
	paused  bool
}

// batch is messages that were put together, as far as they have not been taken.
type batch struct {
	messages []*sarama.ConsumerMessage
	bytes    int
}

func newQueue(high int, pause, resume func()) *queue {
	return &queue{high: high, pause: pause, resume: resume, ready: make(chan struct{}, 1)}
}

// size is what messages take in memory.
func size(messages []*sarama.ConsumerMessage) int {
	bytes := overhead * len(messages)
	for _, m := range messages {
		bytes += len(m.Key) + len(m.Value)
	}
	return bytes
}

// put appends messages, whose slice belongs to the queue from then on.
func (q *queue) put(messages []*sarama.ConsumerMessage) {
	bytes := size(messages)
	q.mu.Lock()
	q.batches = append(q.batches, batch{messages, bytes})
	q.bytes += bytes
	if !q.paused && q.bytes > q.high {
		q.paused = true
		q.pause()
	}
	q.mu.Unlock()
	signal(q.ready)
}

// take returns up to n messages, none where the queue is empty.
func (q *queue) take(n int) []*sarama.ConsumerMessage {
	q.mu.Lock()
	defer q.mu.Unlock()
	var taken []*sarama.ConsumerMessage
	for len(taken) < n && len(q.batches) > 0 {
		some := q.front(n - len(taken))
		if taken == nil {
			taken = some
		} else {
			taken = append(taken, some...)
		}
	}
	if q.paused && q.bytes < q.high/2 {
		q.paused = false
		q.resume()
	}
	return taken
}

// front takes up to n messages of the first batch. The caller holds the lock.
func (q *queue) front(n int) []*sarama.ConsumerMessage {
	b := &q.batches[0]
	if n >= len(b.messages) {
		some := b.messages
		q.bytes -= b.bytes
		*b = batch{}
		q.batches = q.batches[1:]
		return some[:len(some):len(some)]
	}
	some := b.messages[:n:n]
	bytes := size(some)
	b.messages, b.bytes = b.messages[n:], b.bytes-bytes
	q.bytes -= bytes
	return some
}

// close ends the pausing and resuming: the partition may be another lane's now.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.pause, q.resume = func() {}, func() {}
}

// empty tells whether nothing waits.
func (q *queue) empty() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.batches) == 0
}

// signal wakes the one that waits at c, now or when it comes to wait.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
