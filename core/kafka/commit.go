package kafka

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/IBM/sarama"
	"go.uber.org/zap"
)

const (
	// commitShare is the part of a lane's window, as its divisor, that is committed
	// at once when it is done: what is done and not committed takes room in it.
	commitShare = 8
	// commitPause is how long a commit that went wrong waits to be repeated.
	commitPause = 200 * time.Millisecond
	// commitAnswer is how long the brokers may take to answer a commit.
	commitAnswer = 3 * time.Second
)

// commits commits by time, and at once when a lane is due, until the member is to
// leave. It has a connection of its own: on the member's, a request waits for the
// fetch before it, half a second where there is nothing to fetch, and sarama does
// not say whether a commit went well. What is left when a partition goes is
// committed by sarama, to which it is marked.
func (m *member) commits() {
	log := sampled(m.log)
	tick := time.NewTicker(m.options.Commit)
	defer tick.Stop()
	again := time.NewTimer(0)
	again.Stop()
	defer again.Stop()
	due := m.due
	for {
		select {
		case <-m.ctx.Done():
			return
		case <-tick.C:
		case <-due:
		case <-again.C:
		}
		due = m.due
		if err := m.commit(); err != nil {
			if !fenced(err) {
				log.Warn("offsets are not committed, trying again", zap.Error(err))
			}
			due = nil // until then
			again.Reset(commitPause)
		}
	}
}

// commit commits what the lanes have done. The group's end of a session, and the
// end of a lane, wait for it by settled, so that it does not overtake what sarama
// commits then; so it is not cut short by the end of the member.
func (m *member) commit() error {
	m.committing <- struct{}{}
	defer func() { <-m.committing }()
	m.mu.Lock()
	session := m.session
	done := make(map[*lane]int64, len(m.lanes))
	for _, l := range m.lanes {
		if next, ok := l.uncommitted(); ok {
			done[l] = next
		}
	}
	m.mu.Unlock()
	if session == nil || len(done) == 0 {
		return nil
	}
	request := m.commitRequest(session, done)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(m.ctx), commitAnswer)
	defer cancel()
	return m.link.use(ctx, func(a *Admin) error {
		return a.do(ctx, func() error {
			answer, err := a.commit(m.options.GroupID, request)
			if err != nil {
				return plain(err, "committing offsets of topic %q", m.options.Topic)
			}
			var wrong []error
			for l, next := range done {
				if err := refusal(answer, l); err != nil {
					wrong = append(wrong, plain(err, "committing the offset of %s", l.Name()))
				} else {
					l.committed(next)
				}
			}
			return errors.Join(wrong...)
		})
	})
}

func (m *member) commitRequest(session sarama.ConsumerGroupSession, done map[*lane]int64) *sarama.OffsetCommitRequest {
	const newest, unknown = 8, -1
	r := &sarama.OffsetCommitRequest{
		Version: newest, RetentionTime: unknown, ConsumerGroup: m.options.GroupID,
		ConsumerID: session.MemberID(), ConsumerGroupGeneration: session.GenerationID(),
	}
	if m.options.MemberID != "" {
		r.GroupInstanceId = &m.options.MemberID
	}
	for l, next := range done {
		r.AddBlockWithLeaderEpoch(l.topic, l.partition, next, unknown, 0, "")
	}
	return r
}

// settled waits until no commit is under way.
func (m *member) settled() {
	m.committing <- struct{}{}
	<-m.committing
}

// commit sends a request to the group's coordinator.
func (a *Admin) commit(group string, r *sarama.OffsetCommitRequest) (*sarama.OffsetCommitResponse, error) {
	coordinator, err := a.client.Coordinator(group)
	if err != nil {
		return nil, err
	}
	return coordinator.CommitOffset(r)
}

// refusal returns why the offset of a lane was not committed, or nil.
func refusal(answer *sarama.OffsetCommitResponse, l *lane) error {
	code, ok := answer.Errors[l.topic][l.partition]
	switch {
	case !ok:
		return fmt.Errorf("partition %d: %w", l.partition, sarama.ErrIncompleteResponse)
	case errors.Is(code, sarama.ErrNoError):
		return nil
	}
	return code
}

// fenced tells whether an offset was refused because the group is changing, or has
// changed: the member finds out by itself.
func fenced(err error) bool {
	return hasMembers(err) || errors.Is(err, sarama.ErrFencedInstancedId)
}
