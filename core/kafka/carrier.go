package kafka

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"go.uber.org/zap"
)

// carrier is the open connection of a Producer.
type carrier struct {
	producer sarama.AsyncProducer
	dialer   *dialer
	answers  sync.WaitGroup
}

// carrier returns the open connection, opened now if there is none.
func (p *Producer) carrier(ctx context.Context) (*carrier, error) {
	select {
	case p.turn <- struct{}{}:
		defer p.release()
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for the connection to Kafka: %w", context.Cause(ctx))
	}
	if p.closed {
		return nil, ErrClosed
	}
	if p.running != nil {
		return p.running, nil
	}
	cluster, err := p.open(ctx)
	if err != nil {
		return nil, err
	}
	c := &carrier{dialer: newDialer(p.options.Dial)}
	cfg, err := p.options.config(cluster, c.dialer)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, c.dialer.hangUp)
	c.producer, err = sarama.NewAsyncProducer(cluster.Brokers, cfg)
	if !stop() && err == nil {
		c.producer.AsyncClose()
		err = context.Cause(ctx)
	}
	if err != nil {
		c.dialer.hangUp()
		return nil, plain(err, "connecting to Kafka at %v", cluster.Brokers)
	}
	c.answers.Go(func() { p.successes(c.producer.Successes()) })
	c.answers.Go(func() { p.failures(c.producer.Errors()) })
	p.running = c
	return c, nil
}

func (p *Producer) successes(messages <-chan *sarama.ProducerMessage) {
	for m := range messages {
		m.Metadata.(*sending).finish(1, nil)
	}
}

func (p *Producer) failures(errors <-chan *sarama.ProducerError) {
	log := sampled(p.log)
	for e := range errors {
		err := plain(e.Err, "sending to topic %q", e.Msg.Topic)
		if p.options.Async {
			log.Error("a message was not sent", zap.Error(err))
		}
		e.Msg.Metadata.(*sending).finish(1, err)
	}
}

// close waits until everything that was taken is through.
func (c *carrier) close() {
	c.producer.AsyncClose()
	c.answers.Wait()
}

// ProducerOptions are the settings of a Producer; the zero value of a field means
// the default.
type ProducerOptions struct {
	ClientID    string      // simplest_script
	Acks        Acks        // AcksAll
	Partitioner Partitioner // Hash
	// Async lets Send return before the acknowledgement. A message that cannot be
	// sent is logged and lost.
	Async    bool
	Linger   time.Duration // how long a batch waits for company; 0
	MaxBytes int           // of a batch; 1,000,000, which brokers take by default
	Dial     Dial          // plain TCP

	alone bool // each message is a batch of its own
}

func (o ProducerOptions) withDefaults() ProducerOptions {
	set(&o.ClientID, defaultClientID)
	set(&o.Acks, AcksAll)
	set(&o.Partitioner, Hash)
	set(&o.MaxBytes, 1_000_000)
	return o
}

// config returns sarama's settings. One request at a time is under way to each
// broker, so that a repeated one keeps the order.
func (o ProducerOptions) config(c Cluster, d *dialer) (*sarama.Config, error) {
	cfg, err := baseConfig(o.ClientID, c, d)
	if err != nil {
		return nil, err
	}
	cfg.Net.MaxOpenRequests = 1
	p := &cfg.Producer
	p.Return.Successes, p.Return.Errors = true, true
	p.MaxMessageBytes = o.MaxBytes
	p.Flush.Frequency = o.Linger
	p.Retry.Max = 6
	p.Retry.BackoffFunc = func(retries, _ int) time.Duration { return 50 * time.Millisecond << min(retries, 5) }
	if o.alone {
		p.Flush.MaxMessages = 1
	}
	if p.RequiredAcks, err = o.Acks.required(); err != nil {
		return nil, err
	}
	if p.Partitioner, err = o.Partitioner.constructor(); err != nil {
		return nil, err
	}
	if err := c.pack(cfg); err != nil {
		return nil, err
	}
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("settings of the Kafka producer: %w", err)
	}
	return cfg, nil
}
