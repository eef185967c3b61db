package kafka

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/IBM/sarama"
	"go.uber.org/zap"

	"simplest_script/core"
)

// member is one membership in the group: one client, from joining to leaving.
type member struct {
	*Source
	intake, work context.Context
	serve        core.Serve
	dead         *Producer // of dead letters
	dialer       *dialer
	group        sarama.ConsumerGroup
	ctx          context.Context // ends when the member is to leave
	quit         context.CancelFunc
	due          chan struct{} // signalled when a lane is due to be committed
	committing   chan struct{} // full while a commit is under way

	mu      sync.Mutex
	session sarama.ConsumerGroupSession // nil between two
	lanes   map[int32]*lane             // that are ours now
	serving int                         // lanes on which handlers may still work
	quiet   chan struct{}               // closed when serving is 0 again
	cause   error                       // why the last session ended
}

func (s *Source) member(intake, work context.Context, serve core.Serve, dead *Producer) *member {
	m := &member{Source: s, intake: intake, work: work, serve: serve, dead: dead,
		dialer: newDialer(s.options.Dial), lanes: map[int32]*lane{}, quiet: make(chan struct{}), due: make(chan struct{}, 1), committing: make(chan struct{}, 1)}
	close(m.quiet)
	m.ctx, m.quit = context.WithCancel(intake)
	return m
}

// run takes part in sessions until the member is to leave, or an error.
func (m *member) run(watch *stalls) error {
	var beside sync.WaitGroup
	defer beside.Wait()
	defer m.quit()
	if err := m.connect(); err != nil {
		return err
	}
	gone := make(chan struct{})
	defer close(gone)
	beside.Go(func() { m.cutShort(gone) })
	beside.Go(func() { m.watch(watch) })
	beside.Go(m.commits)
	beside.Go(m.logErrors)
	defer m.close()
	for m.ctx.Err() == nil {
		err := m.group.Consume(m.ctx, []string{m.options.Topic}, m)
		if err == nil {
			err = m.broken()
		}
		if err != nil && m.ctx.Err() == nil {
			return plain(err, "reading topic %q as group %q", m.options.Topic, m.options.GroupID)
		}
	}
	return nil
}

// connect opens the client; the end of intake cuts it short.
func (m *member) connect() error {
	cluster, err := m.open(m.ctx)
	if err != nil {
		return err
	}
	cfg, err := groupConfig(m.options, cluster, m.dialer)
	if err != nil {
		return err
	}
	if m.options.Initial == Newest {
		if err := m.gauge.settle(m.ctx); err != nil {
			return err
		}
	}
	stop := context.AfterFunc(m.ctx, m.dialer.hangUp)
	group, err := sarama.NewConsumerGroup(cluster.Brokers, m.options.GroupID, cfg)
	stop()
	if err != nil {
		m.dialer.hangUp()
		return plain(err, "connecting to Kafka at %v", cluster.Brokers)
	}
	m.group = group
	return nil
}

// logErrors logs what goes wrong beside the calls, until the group is closed.
func (m *member) logErrors() {
	log := sampled(m.log)
	for err := range m.group.Errors() {
		log.Warn("Kafka reports a problem", zap.Error(err), zap.String("advice", advice(err)))
	}
}

// close leaves the group.
func (m *member) close() {
	if err := m.group.Close(); err != nil && m.ctx.Err() == nil {
		m.log.Debug("leaving the group", zap.Error(err))
	}
}

// broken returns why the last session ended, where that was no ordinary change of
// the members or partitions.
func (m *member) broken() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	cause := m.cause
	m.cause = nil
	for _, ordinary := range []error{context.Canceled, sarama.ErrRebalanceInProgress, sarama.ErrSessionPartitionCountChanged} {
		if errors.Is(cause, ordinary) {
			return nil
		}
	}
	return cause
}

// grace is how long the farewell to the brokers may take: the last commit, and the
// leaving of the group.
const grace = 3 * time.Second

// cutShort hangs up where the farewell takes too long, because a broker does not
// answer: once the member is to leave, and its handlers are through or may not be
// waited for any longer.
func (m *member) cutShort(gone <-chan struct{}) {
	select {
	case <-m.ctx.Done():
	case <-gone:
		return
	}
	select {
	case <-m.served():
	case <-m.work.Done():
	case <-gone:
		return
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-gone:
	}
	m.dialer.hangUp()
}

// serves counts one lane more, or less, on which handlers may work.
func (m *member) serves(change int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.serving == 0 {
		m.quiet = make(chan struct{})
	}
	if m.serving += change; m.serving == 0 {
		close(m.quiet)
	}
}

// served returns a channel that is closed when no handler works.
func (m *member) served() <-chan struct{} {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.quiet
}
