//go:build unix

package consume_test

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/kafka"
)

// stream is a topic or a list, from the side of the test.
type stream interface {
	entry() map[string]any
	// fill adds n messages, numbered on from those before.
	fill(n int)
	// filled returns how many there are.
	filled() int
	// begun returns how many of them have been executed.
	begun() int
	// waits returns how many are not yet done for good.
	waits() int
	// inHand returns the messages that a daemon, which is dead or halted, has begun and
	// that come again: what may be executed twice. There may be some that it has not begun.
	inHand(pid int) map[int]bool
	// taken tells of an execution by a daemon that was halted, once it goes on, whether
	// it may have taken the message before. It is asked for while the daemon stands still.
	taken(pid int) func(execution) bool
	// fits fails the test where more messages came again than a daemon may have had in
	// flight.
	fits(again []execution)
	// check fails the test where something is not as promised about this kind of stream.
	check()
}

const most = 5000 // messages in one request

type topic struct {
	w          *world
	name       string
	partitions int
	admin      *kafka.Admin
	producer   *kafka.Producer
	sent       int
}

func newTopic(w *world, partitions int) *topic {
	w.t.Helper()
	s := &topic{w: w, name: name(), partitions: partitions}
	var err error
	s.admin, err = kafka.OpenAdmin(context.Background(), kafka.Brokers(w.brokers...), "", nil)
	require.NoError(w.t, err)

	s.producer = kafka.NewProducer(func(context.Context) (kafka.Cluster, error) { return kafka.Brokers(w.brokers...), nil }, kafka.ProducerOptions{Partitioner: kafka.Manual}, zap.NewNop())
	require.NoError(w.t, s.admin.CreateTopic(context.Background(), s.name, partitions, nil))
	w.t.Cleanup(func() {
		require.NoError(w.t, s.producer.Close(context.Background()))
		require.NoError(w.t, s.admin.DeleteTopic(context.Background(), s.name))
		s.admin.Close()
	})
	return s
}

func (s *topic) entry() map[string]any { return map[string]any{"topic": s.name, "group_id": s.name} }

func (s *topic) filled() int { return s.sent }

func (s *topic) begun() int { return s.w.within(0, s.sent) }

func (s *topic) fill(n int) {
	s.w.t.Helper()
	for n > 0 {
		batch := make([]kafka.Message, min(n, most))
		for i := range batch {
			batch[i] = kafka.Message{Topic: s.name, Partition: int32(s.sent % s.partitions), Value: strconv.AppendInt(nil, int64(s.sent), 10)}
			s.sent++
		}
		require.NoError(s.w.t, s.producer.Send(context.Background(), batch))
		n -= len(batch)
	}
}

func (s *topic) positions() map[int32]kafka.Position {
	s.w.t.Helper()
	positions, err := s.admin.Positions(context.Background(), s.name, s.name)
	require.NoError(s.w.t, err)
	return positions
}

func (s *topic) waits() (n int) {
	for _, p := range s.positions() {
		n += int(p.End - max(p.Committed, p.Start))
	}
	return n
}

// inHand are the messages that the daemon has executed and not committed.
func (s *topic) inHand(pid int) map[int]bool {
	s.w.look()
	positions, held := s.positions(), map[int]bool{}
	for _, e := range s.w.runs {
		if e.pid == pid && e.offset >= positions[e.partition].Committed {
			held[e.number] = true
		}
	}
	return held
}

// taken are the messages beyond what was committed, as many as the window has room for.
func (s *topic) taken(int) func(execution) bool {
	halted := s.positions()
	return func(e execution) bool {
		ahead := e.offset - max(halted[e.partition].Committed, 0)
		return ahead >= 0 && ahead < windowOfPartition
	}
}

// windowOfPartition is how many messages of one partition a daemon may have begun that
// are not committed. A partition that is shorter has to fit in any case: there it is
// inHand and taken that bound what comes again.
const windowOfPartition = 20_000

func (s *topic) fits(again []execution) {
	s.w.t.Helper()
	by := map[int32]int{}
	for _, e := range again {
		by[e.partition]++
	}
	for partition, n := range by {
		require.LessOrEqual(s.w.t, n, windowOfPartition, "partition %d: more came again than fits into its window", partition)
	}
}

// check: the first deliveries of each partition are in its order.
func (s *topic) check() {
	s.w.t.Helper()
	next := make([]int64, s.partitions)
	for _, e := range s.w.inOrder(0, s.sent) {
		if e.offset >= next[e.partition] {
			require.Equal(s.w.t, next[e.partition], e.offset, "partition %d: a message was first executed before the one in front of it", e.partition)
			next[e.partition]++
		}
	}
}

type list struct {
	w      *world
	name   string
	client *redis.Client
	first  int // the number of the first message
	sent   int
}

func newList(w *world) *list {
	s := &list{w: w, name: name(), client: redis.NewClient(&redis.Options{Addr: w.redisAddr})}
	w.t.Cleanup(func() {
		for _, key := range []string{s.name, s.beside("returned"), s.beside("batches"), s.beside("dead")} {
			_ = s.client.Del(context.Background(), key).Err() // the server may be gone already
		}
		require.NoError(w.t, s.client.Close())
	})
	return s
}

// beside returns the name of what belongs to the list.
func (s *list) beside(what string) string { return "{" + s.name + "}:" + what }

func (s *list) entry() map[string]any { return map[string]any{"key": s.name} }

func (s *list) filled() int { return s.sent }

func (s *list) begun() int { return s.w.within(s.first, s.sent) }

func (s *list) fill(n int) {
	s.w.t.Helper()
	for n > 0 {
		batch := make([]any, min(n, most))
		for i := range batch {
			batch[i] = s.first + s.sent
			s.sent++
		}
		require.NoError(s.w.t, s.client.LPush(context.Background(), s.name, batch...).Err())
		n -= len(batch)
	}
}

func (s *list) waits() int {
	s.w.t.Helper()
	var n int64
	for _, key := range []string{s.name, s.beside("returned"), s.beside("dead")} {
		length, err := s.client.LLen(context.Background(), key).Result()
		require.NoError(s.w.t, err)
		n += length
	}
	out, err := s.client.ZCard(context.Background(), s.beside("batches")).Result()
	require.NoError(s.w.t, err)
	return int(n + out)
}

// inHand are the messages of the daemon's batches. Its owner's name is what the ids
// of the messages that it fetched first begin with, and is in the names of batches.
func (s *list) inHand(pid int) map[int]bool {
	s.w.t.Helper()
	s.w.look()
	owner := ""
	for _, e := range s.w.runs {
		if e.pid == pid {
			owner, _, _ = strings.Cut(e.id, "-")
			break
		}
	}
	require.NotEmpty(s.w.t, owner)
	batches, err := s.client.ZRange(context.Background(), s.beside("batches"), 0, -1).Result()
	require.NoError(s.w.t, err)
	held := map[int]bool{}
	for _, batch := range batches {
		if !strings.Contains(batch, owner) {
			continue
		}
		messages, err := s.client.LRange(context.Background(), batch, 1, -1).Result()
		require.NoError(s.w.t, err)
		for _, m := range messages {
			if m == "" {
				continue // known to be done
			}
			number, err := strconv.Atoi(m[strings.LastIndexByte(m, ' ')+1:])
			require.NoError(s.w.t, err)
			held[number] = true
		}
	}
	return held
}

// taken are the messages of the daemon's batches, begun or not.
func (s *list) taken(pid int) func(execution) bool {
	held := s.inHand(pid)
	return func(e execution) bool { return held[e.number] }
}

// windowOfList is how many messages of a list a daemon may hold: those of the
// dispatcher, and one fetch more.
const windowOfList = 10_000 + 1024

func (s *list) fits(again []execution) {
	s.w.t.Helper()
	require.LessOrEqual(s.w.t, len(again), windowOfList, "more came again than fits into a daemon's hands")
}

// check: a message has one id for all its attempts, and an attempt is executed once.
func (s *list) check() {
	s.w.t.Helper()
	type attempt struct {
		id string
		n  int
	}
	ids, once := map[int]string{}, map[attempt]bool{}
	for _, e := range s.w.inOrder(s.first, s.sent) {
		if id, known := ids[e.number]; known {
			require.Equal(s.w.t, id, e.id, "message %d has changed its id", e.number)
		}
		ids[e.number] = e.id
		require.False(s.w.t, once[attempt{e.id, e.attempt}], "message %d: attempt %d was executed twice", e.number, e.attempt)
		once[attempt{e.id, e.attempt}] = true
	}
}

// quickTakeover lets others take over soon from a daemon that is gone.
const quickTakeover = "{KafkaSession: 6s, RedisLease: 3s}"

// onEach runs a test on a topic of 8 partitions and on a list.
func onEach(t *testing.T, test func(t *testing.T, w *world, s stream)) {
	t.Run("kafka", func(t *testing.T) {
		w := newWorld(t, genuine(t), quickTakeover)
		test(t, w, newTopic(w, 8))
	})
	t.Run("redis", func(t *testing.T) {
		w := newWorld(t, genuine(t), quickTakeover)
		test(t, w, newList(w))
	})
}
