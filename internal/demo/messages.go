package demo

import (
	"context"
	"fmt"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/kafka"
)

// The consumers of the demo.
const (
	kafkaCmd   = "demo_kafka"
	redisCmd   = "demo_redis"
	kafkaTopic = "demo_topic"
	redisKey   = "demo_list"
	partitions = 2
)

// Entries are what would stand in queue_script1.json for the demo's consumers.
func Entries() []conf.QueueEntry {
	entry := func(name, cmd string) conf.QueueEntry {
		return conf.QueueEntry{
			Entry:    conf.Entry{Name: name, ExecCmd: cmd, Status: conf.Dev.Bit(), Active: true},
			Progress: 2, MaxProgress: 10, ProgressLagLimit: 20_000, ProgressAvgMsgcount: 10_000,
		}
	}
	topic, list := entry("demo topic", kafkaCmd), entry("demo list", redisCmd)
	topic.Topic, topic.GroupID = kafkaTopic, "demo"
	list.Key = redisKey
	return []conf.QueueEntry{topic, list}
}

// consume is a handler that tells what it was given.
func (d *Demo) consume(from string) core.Handler {
	return core.HandlerFunc(func(_ context.Context, t *core.Task) error {
		d.line("consumed", "", t.ExecCmd, fmt.Sprintf("%q %s", t.Payload, from))
		return nil
	})
}

// messages sends to the topic and the list of the demo.
type messages struct {
	producer *kafka.Producer
	push     func(ctx context.Context, text string) error // to the list
}

// openMessages makes the topic and connects; it returns nil where ctx ended first.
func (d *Demo) openMessages(ctx context.Context) (*messages, error) {
	cluster := d.services.KafkaOpener(conf.DefaultName)
	m := &messages{producer: kafka.NewProducer(cluster, kafka.ProducerOptions{}, zap.NewNop())}
	err := m.open(ctx, d, cluster)
	switch {
	case err == nil:
		return m, nil
	case ctx.Err() != nil:
		return nil, nil
	}
	return nil, fmt.Errorf("opening the demo's topic and list: %w", err)
}

func (m *messages) open(ctx context.Context, d *Demo, open kafka.Open) error {
	client, err := d.services.Redis(ctx, conf.DefaultName)
	if err != nil {
		return err
	}
	m.push = func(ctx context.Context, text string) error { return client.LPush(ctx, redisKey, text).Err() }
	cluster, err := open(ctx)
	if err != nil {
		return err
	}
	admin, err := kafka.OpenAdmin(ctx, cluster, "", nil)
	if err != nil {
		return err
	}
	defer admin.Close()
	return admin.CreateTopic(ctx, kafkaTopic, partitions, nil)
}

// send sends the n-th message to each.
func (m *messages) send(ctx context.Context, n int) error {
	text := fmt.Sprintf("message %d", n)
	if err := m.producer.Send(ctx, []kafka.Message{{Topic: kafkaTopic, Value: []byte(text)}}); err != nil {
		return fmt.Errorf("sending to the demo's topic: %w", err)
	}
	if err := m.push(ctx, text); err != nil {
		return fmt.Errorf("sending to the demo's list: %w", err)
	}
	return nil
}

func (m *messages) close() {
	// Everything was sent with acknowledgement; there is nothing to lose here.
	_ = m.producer.Close(context.Background())
}
