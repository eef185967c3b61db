package kafka

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/IBM/sarama"
	"go.uber.org/zap"

	"simplest_script/core"
)

// The headers of a dead letter, beside those that the message had.
const (
	HeaderDeadReason    = "x-dead-reason" // at most 1 KB
	HeaderDeadAttempts  = "x-dead-attempts"
	HeaderDeadTopic     = "x-dead-topic"
	HeaderDeadPartition = "x-dead-partition"
	HeaderDeadOffset    = "x-dead-offset"
	HeaderDeadTime      = "x-dead-time" // of the message, RFC 3339; the dead letter's own is when it died
)

const (
	deadPrefix   = "x-dead-"
	reasonLength = 1024
)

// newBurier returns the Producer of dead letters. Each is sent by itself, whatever
// its size: only the broker refuses it, and none is refused for another's size.
func newBurier(open Open, o Options, log *zap.Logger) *Producer {
	return NewProducer(open, ProducerOptions{
		ClientID: o.ClientID, Acks: AcksAll, MaxBytes: 64 * megabyte, alone: true, Dial: o.Dial,
	}, log)
}

// bury writes a dead letter and waits for all replicas to have it.
func (m *member) bury(ctx context.Context, msg *sarama.ConsumerMessage, t *core.Task, reason error) error {
	err := m.dead.Send(ctx, []Message{deadLetter(m.options.DeadTopic, msg, t.Attempt, reason)})
	if err != nil {
		return plain(err, "dead-lettering %s/%d/%d to topic %q", msg.Topic, msg.Partition, msg.Offset, m.options.DeadTopic)
	}
	return nil
}

// deadLetter is the message with its key, value and headers, and why it died. What
// an earlier death wrote is replaced.
func deadLetter(topic string, m *sarama.ConsumerMessage, attempts int, reason error) Message {
	letter := Message{Topic: topic, Key: m.Key, Value: m.Value}
	for _, h := range m.Headers {
		if !bytes.HasPrefix(h.Key, []byte(deadPrefix)) {
			letter.Headers = append(letter.Headers, Header{Key: string(h.Key), Value: h.Value})
		}
	}
	add := func(key, value string) {
		letter.Headers = append(letter.Headers, Header{Key: key, Value: []byte(value)})
	}
	add(HeaderDeadReason, cut(reason.Error(), reasonLength))
	add(HeaderDeadAttempts, strconv.Itoa(attempts))
	add(HeaderDeadTopic, m.Topic)
	add(HeaderDeadPartition, strconv.Itoa(int(m.Partition)))
	add(HeaderDeadOffset, strconv.FormatInt(m.Offset, 10))
	add(HeaderDeadTime, m.Timestamp.UTC().Format(time.RFC3339Nano))
	return letter
}

// cut shortens text to at most n bytes and leaves no half character behind.
func cut(text string, n int) string {
	if len(text) <= n {
		return strings.ToValidUTF8(text, "�")
	}
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return strings.ToValidUTF8(text[:n], "")
}
