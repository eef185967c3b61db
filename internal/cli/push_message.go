package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/kafka"
	"simplest_script/internal/app"
)

const (
	messageBatch   = 500     // messages of one round trip
	longestMessage = 1 << 20 // bytes of one line
)

// messageTarget is where push sends messages instead of jobs.
type messageTarget struct {
	topic, key string // of Kafka
	list       string // of Redis
}

func (t messageTarget) given() bool { return t.topic != "" || t.list != "" }

// check finds what is wrong with the command line of a push of messages.
func (t messageTarget) check(cmd *cobra.Command, words []string, file string) error {
	for _, name := range append(alone(), "resume") {
		if cmd.Flags().Changed(name) {
			return fmt.Errorf("--%s is for jobs, not for messages", name)
		}
	}
	switch {
	case t.topic != "" && t.list != "":
		return errors.New("--topic and --list exclude each other")
	case t.key != "" && t.topic == "":
		return errors.New("--key belongs to --topic")
	case file == "" && len(words) == 0:
		return errors.New("push wants a message, or --file with one message per line")
	case file != "" && len(words) > 0:
		return errors.New("a message and --file exclude each other")
	}
	return nil
}

// pushMessages sends the words, or each line of the file, as messages.
func (p *program) pushMessages(ctx context.Context, f pushFlags, words []string) (err error) {
	m, err := p.load()
	if err != nil {
		return err
	}
	defer closeAfter(m, &err)
	send, end, err := f.target.open(ctx, m)
	if err != nil {
		return err
	}
	defer end()
	sent := 0
	defer func() {
		if f.json {
			err = errors.Join(err, p.printJSON(map[string]int{"sent": sent}))
			return
		}
		fmt.Fprintf(p.Out, "sent %s to %s%s\n", plural(sent, "message"), f.target.topic, f.target.list)
	}()
	return p.eachBatch(f.file, words, func(batch []string) error {
		if err := send(batch); err != nil {
			return fmt.Errorf("after %s (some of the next %d may have been sent): %w", plural(sent, "message"), len(batch), err)
		}
		sent += len(batch)
		return nil
	})
}

// errForgetful says that nobody would ever read the message.
var errForgetful = errors.New("the embedded Redis lives as long as the daemon of this home, and none runs: start it first (simplest_script run), or name a Redis in the configuration")

// open connects to where the messages go.
func (t messageTarget) open(ctx context.Context, m *app.Machine) (send func([]string) error, end func(), err error) {
	if t.list != "" {
		switch lost, err := m.Services.RedisEndsHere(ctx, conf.DefaultName); {
		case err != nil:
			return nil, nil, err
		case lost:
			return nil, nil, errForgetful
		}
		client, err := m.Services.Redis(ctx, conf.DefaultName)
		return func(batch []string) error {
			values := make([]any, len(batch))
			for i, v := range batch {
				values[i] = v
			}
			return client.LPush(ctx, t.list, values...).Err()
		}, func() {}, err
	}
	producer := kafka.NewProducer(m.Services.KafkaOpener(conf.DefaultName), kafka.ProducerOptions{}, zap.NewNop())
	return func(batch []string) error {
			messages := make([]kafka.Message, len(batch))
			for i, v := range batch {
				messages[i] = kafka.Message{Topic: t.topic, Value: []byte(v)}
				if t.key != "" {
					messages[i].Key = []byte(t.key)
				}
			}
			return producer.Send(ctx, messages)
		}, func() {
			_ = producer.Close(ctx) // everything was acknowledged, or reported
		}, nil
}

// eachBatch calls send with the words, or with the lines of the file in batches.
func (p *program) eachBatch(file string, words []string, send func([]string) error) error {
	if file == "" {
		return send(words)
	}
	in := p.In
	if file != "-" {
		opened, err := os.Open(file)
		if err != nil {
			return err
		}
		defer opened.Close()
		in = opened
	}
	return eachLines(in, send)
}

func eachLines(in io.Reader, send func([]string) error) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestMessage)
	var batch []string
	for lines.Scan() {
		if lines.Text() == "" {
			continue
		}
		if batch = append(batch, lines.Text()); len(batch) == messageBatch {
			if err := send(batch); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading the messages, one per line of at most %d bytes: %w", longestMessage, err)
	}
	if len(batch) == 0 {
		return nil
	}
	return send(batch)
}
