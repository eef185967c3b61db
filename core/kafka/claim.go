package kafka

import (
	"context"
	"errors"
	"time"

	"github.com/IBM/sarama"

	"simplest_script/core"
)

// Setup begins a session, for sarama.
func (m *member) Setup(session sarama.ConsumerGroupSession) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.session = session
	return nil
}

// Cleanup ends a session, for sarama, which then commits what is marked.
func (m *member) Cleanup(session sarama.ConsumerGroupSession) error {
	m.mu.Lock()
	m.session, m.cause = nil, context.Cause(session.Context())
	m.mu.Unlock()
	m.settled()
	return nil
}

// ConsumeClaim serves one partition as a lane, for sarama. It returns only after
// the partition was taken away, since its return ends the session of all
// partitions, and after what was begun is finished, so that it is committed.
func (m *member) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	m.away.OK()
	m.serves(+1)
	defer m.serves(-1)
	intake, endIntake := context.WithCancel(m.ctx)
	defer endIntake()
	work, abandon := context.WithCancelCause(m.work)
	defer abandon(nil)
	l := m.newLane(session, claim)
	served := make(chan struct{})
	go func() {
		defer close(served)
		m.serve(intake, work, l)
	}()

	l.drain(session.Context(), claim.Messages(), m.options.ChannelBuffer)
	m.forget(l)
	endIntake()
	if declaredDead(session.Context()) { // others have the partition already
		abandon(core.ErrLeaseLost)
	}
	late := time.AfterFunc(m.patience(), func() { abandon(core.ErrLeaseLost) })
	defer late.Stop()
	<-served
	m.settled()
	return nil
}

// patience is how long begun work may go on when its partition is taken away: the
// group waits for Rebalance, and the commit needs a part of it.
func (m *member) patience() time.Duration {
	return m.options.Rebalance - min(m.options.Rebalance/5, 5*time.Second)
}

func declaredDead(session context.Context) bool {
	cause := context.Cause(session)
	return errors.Is(cause, sarama.ErrUnknownMemberId) || errors.Is(cause, sarama.ErrIllegalGeneration) ||
		errors.Is(cause, sarama.ErrFencedInstancedId)
}

func (m *member) newLane(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) *lane {
	topic, partition := claim.Topic(), claim.Partition()
	this := map[string][]int32{topic: {partition}}
	m.group.Resume(this) // a pause of the partition's former time here may have outlived it
	l := &lane{
		topic: topic, partition: partition, window: m.options.Window, moved: time.Now(),
		queue:  newQueue(m.options.QueueBytes, func() { m.group.Pause(this) }, func() { m.group.Resume(this) }),
		mark:   func(next int64) { session.MarkOffset(topic, partition, next, "") },
		commit: func() { signal(m.due) },
		bury:   m.bury,
		taken:  make(chan struct{}), room: make(chan struct{}, 1),
	}
	m.gauge.assigned(partition)
	m.mu.Lock()
	m.lanes[partition] = l
	m.mu.Unlock()
	return l
}

func (m *member) forget(l *lane) {
	l.end()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.lanes[l.partition] == l {
		delete(m.lanes, l.partition)
	}
}
