package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/IBM/sarama"
	"go.uber.org/zap"

	"simplest_script/core"
)

// Message is what a Producer sends.
type Message struct {
	Topic   string
	Key     []byte // nil: none
	Value   []byte // nil: a tombstone
	Headers []Header
	// Partition is where the message goes with the partitioner Manual.
	Partition int32
}

// Header is a name with a value that travels beside a message.
type Header struct {
	Key   string
	Value []byte
}

// Producer sends messages. It connects at the first of them. Its methods may be
// called concurrently; messages of one Send stay in their order per partition.
type Producer struct {
	open    Open
	options ProducerOptions
	log     *zap.Logger

	turn    chan struct{} // who holds it may use the next two
	running *carrier      // nil until the first message
	closed  bool
}

// ErrClosed is the answer to a message that is sent after Close.
var ErrClosed = errors.New("the producer is closed")

// NewProducer returns a Producer. It does no I/O.
func NewProducer(open Open, options ProducerOptions, log *zap.Logger) *Producer {
	return &Producer{open: open, options: options.withDefaults(), log: log, turn: make(chan struct{}, 1)}
}

// Send sends messages, as one batch where they fit. It returns nil when all of
// them are acknowledged as Options.Acks says; an asynchronous Producer, when it
// has taken all of them. Any error may leave some of the messages sent. Where ctx
// ends while they are on their way, the error wraps core.ErrUnknownOutcome.
func (p *Producer) Send(ctx context.Context, messages []Message) error {
	c, err := p.carrier(ctx)
	if err != nil {
		return err
	}
	s := &sending{done: make(chan struct{}), left: len(messages) + 1} // 1 for the loop below
	for i := range messages {
		select {
		case c.producer.Input() <- p.outgoing(&messages[i], s):
		case <-ctx.Done():
			s.finish(len(messages)-i+1, nil)
			return fmt.Errorf("sending message %d of %d to topic %q: %w: %w",
				i+1, len(messages), messages[i].Topic, context.Cause(ctx), core.ErrUnknownOutcome)
		}
	}
	s.finish(1, nil)
	if p.options.Async {
		return nil
	}
	select {
	case <-s.done:
		return s.err()
	case <-ctx.Done():
		return fmt.Errorf("waiting for the acknowledgement of %d messages: %w: %w", len(messages), context.Cause(ctx), core.ErrUnknownOutcome)
	}
}

func (p *Producer) outgoing(m *Message, s *sending) *sarama.ProducerMessage {
	out := &sarama.ProducerMessage{Topic: m.Topic, Partition: m.Partition, Metadata: s}
	if m.Key != nil {
		out.Key = sarama.ByteEncoder(m.Key)
	}
	if m.Value != nil {
		out.Value = sarama.ByteEncoder(m.Value)
	}
	for _, h := range m.Headers {
		out.Headers = append(out.Headers, sarama.RecordHeader{Key: []byte(h.Key), Value: h.Value})
	}
	return out
}

// Close sends what was taken and ends the Producer. When ctx ends first, what is
// still on its way is given up.
func (p *Producer) Close(ctx context.Context) error {
	c := p.end()
	if c == nil {
		return nil
	}
	stop := context.AfterFunc(ctx, c.dialer.hangUp)
	defer stop()
	c.close()
	return context.Cause(ctx)
}

// hangUp ends the Producer and gives up what is on its way.
func (p *Producer) hangUp() {
	if c := p.end(); c != nil {
		c.dialer.hangUp()
		c.close()
	}
}

func (p *Producer) end() *carrier {
	p.turn <- struct{}{}
	defer p.release()
	c := p.running
	p.running, p.closed = nil, true
	return c
}

func (p *Producer) release() { <-p.turn }

// sending is one call of Send on its way.
type sending struct {
	done chan struct{} // closed when left is 0

	mu     sync.Mutex
	left   int
	errors []error // each once
}

// finish counts n messages as through, with their error.
func (s *sending) finish(n int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && !slices.ContainsFunc(s.errors, func(e error) bool { return e.Error() == err.Error() }) {
		s.errors = append(s.errors, err)
	}
	if s.left -= n; s.left == 0 {
		close(s.done)
	}
}

func (s *sending) err() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return errors.Join(s.errors...)
}
