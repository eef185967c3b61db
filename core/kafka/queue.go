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
	batches [][]*sarama.ConsumerMessage
	bytes   int
	paused  bool
}

func newQueue(high int, pause, resume func()) *queue {
	return &queue{high: high, pause: pause, resume: resume, ready: make(chan struct{}, 1)}
}

func size(m *sarama.ConsumerMessage) int { return len(m.Key) + len(m.Value) + overhead }

// put appends a batch, which belongs to the queue from then on.
func (q *queue) put(batch []*sarama.ConsumerMessage) {
	bytes := 0
	for _, m := range batch {
		bytes += size(m)
	}
	q.mu.Lock()
	q.batches = append(q.batches, batch)
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
		front := q.batches[0]
		some := min(n-len(taken), len(front))
		if taken == nil {
			taken = front[:some:some]
		} else {
			taken = append(taken, front[:some]...)
		}
		if q.batches[0] = front[some:]; some == len(front) {
			q.batches[0] = nil
			q.batches = q.batches[1:]
		}
	}
	for _, m := range taken {
		q.bytes -= size(m)
	}
	if q.paused && q.bytes < q.high/2 {
		q.paused = false
		q.resume()
	}
	return taken
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
