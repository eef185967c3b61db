//go:build unix

package consume_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/test/proxy"
	"simplest_script/test/rig"
	"simplest_script/test/services"
)

// Kafka is away when the daemon starts, and Redis is killed in the middle. Each is
// waited for by its own consumer: the other and the delay jobs go on, and the log
// tells of it in few words.
// The original's lag check panics when the broker is away, and its loop over a Redis
// list spins on errors.
func TestKafkaAndRedisAreAway(t *testing.T) {
	const inTopic, inList, jobs = 4000, 10_000, 50
	found := genuine(t)
	server := services.New(t, "redis")
	broker, err := proxy.New(found.brokers[0])
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Close()) })
	broker.Refuse()

	found.redis, found.redisAddr, found.kafka = server.Var("TEST_REDIS_ADDR"), server.Var("TEST_REDIS_ADDR"), broker.Addr()
	w := newWorld(t, found, "{}")
	messages, l := newTopic(w, 8), newList(w)
	messages.fill(inTopic)
	l.sent = inTopic // the numbers of the list follow those of the topic
	l.fill(inList)
	e := l.entry()
	e["exec_cmd"] = slow
	w.entries(messages.entry(), e)

	d := w.daemon()
	w.Await("the list is worked off, whatever Kafka does", func() bool { return w.distinct() >= inList/10 })
	w.Await("the log tells of Kafka", func() bool { return w.Logged("reading topic "+messages.name) > 0 })
	server.Kill()
	before := w.distinct()
	require.Less(t, before, inList, "Redis is killed in the middle")
	w.Await("the log tells of Redis", func() bool { return w.Logged("Redis list "+l.name) > 0 })
	w.Push(rig.Jobs(jobs, job, "")...)
	w.Await("delay jobs are done while both are away", func() bool { return w.InStatus(core.DelayDone) == jobs })

	broker.Heal()
	w.Await("the topic is worked off while Redis is away", func() bool { return w.done(inTopic) == inTopic })
	server.Start()
	w.all(inTopic + inList)
	w.Await("all is known to be done", func() bool { return messages.waits() == 0 && l.waits() == 0 })
	w.ends(d)

	require.Positive(t, w.back(messages.name))
	require.Positive(t, w.back(l.name))
	require.Less(t, len(w.Logs()), 100, "the log is no place to spin")
	again := len(w.repeated())
	t.Logf("%d messages of Kafka, %d of Redis, %d delay jobs; executed before Redis was killed %d, executed twice %d, lost 0; %d lines in the log",
		inTopic, inList, jobs, before, again, len(w.Logs()))
	require.Zero(t, again, "within the lease nothing comes again")
}

// back counts the lines of the log that say that a service is back, for the topic or
// list of that name.
func (w *world) back(name string) (n int) {
	for _, line := range w.Logs() {
		if strings.Contains(line, "service is back") && strings.Contains(line, name) {
			n++
		}
	}
	return n
}

// done returns how many of the first so many messages are executed.
func (j *journal) done(first int) (n int) {
	j.look()
	for number := range first {
		if j.seen[number] {
			n++
		}
	}
	return n
}
