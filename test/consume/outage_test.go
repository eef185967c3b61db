//go:build unix

package consume_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/test/rig"
	"simplest_script/test/services"
)

// house is a daemon with all four kinds of work, and one service that is its own. The
// service is away when the daemon starts, and is killed in the middle of its work. What does not need it goes on, the log tells of it in few words, and in
// the end nothing is lost.
type house struct {
	*world
	server *services.Server // that is away
	topic  *topic
	list   *list
	daemon *rig.Process
	jobs   int // pushed
}

// What there is to do: a little before the daemon starts, and so much that it can be
// met in the middle of it.
const (
	little = 2000
	plenty = 10_000
	pushed = 50 // delay jobs at a time
)

func newHouse(t *testing.T, found servers, server *services.Server) *house {
	w := newWorld(t, found, "{KafkaSession: 6s}") // a broker that is back knows the daemon as a member until then
	h := &house{world: w, server: server, topic: newTopic(w, 8), list: newList(w)}
	h.list.first = 1_000_000
	topics, lists := h.topic.entry(), h.list.entry()
	topics["exec_cmd"], lists["exec_cmd"] = slow, slow
	w.entries(topics, lists)
	w.everySecond(tick)
	return h
}

func (h *house) push() {
	h.t.Helper()
	h.Push(rig.Jobs(pushed, job, "")...)
	h.jobs += pushed
}

// works waits until a stream is worked off.
func (h *house) works(s stream) {
	h.t.Helper()
	h.Await("the stream is worked off", func() bool { return s.begun() == s.filled() })
}

// rowsGoOn waits until delay jobs and cron tasks have been done that are new.
func (h *house) rowsGoOn() {
	h.t.Helper()
	h.push()
	before := h.ticks()
	h.Await("delay jobs are done", func() bool { return h.InStatus(core.DelayDone) == h.jobs })
	h.Await("cron tasks run", func() bool { return h.ticks() >= before+2 })
}

// end ends the daemon and looks at what is left, and at what the log has told of so
// many outages of what has these names.
func (h *house) end(outages int, names ...string) {
	h.t.Helper()
	h.works(h.topic)
	h.works(h.list)
	for _, name := range names {
		h.Await("the service is back", func() bool { return h.told("service is back", name) == h.told("service away", name) })
	}
	h.Await("all is known to be done", func() bool { return h.topic.waits() == 0 && h.list.waits() == 0 })
	h.rowsGoOn()
	h.ends(h.daemon)
	h.topic.check()
	h.list.check()
	again := h.repeated()
	h.topic.fits(slices.DeleteFunc(slices.Clone(again), func(e execution) bool { return e.number >= h.list.first }))
	h.list.fits(slices.DeleteFunc(slices.Clone(again), func(e execution) bool { return e.number < h.list.first }))
	for _, name := range names {
		require.GreaterOrEqual(h.t, h.told("service away", name), outages, "the log tells of each outage: %s", name)
	}
	require.Less(h.t, len(h.Logs())-h.Logged("cron task"), 100, "the log is no place to spin,")
	require.Less(h.t, strings.Count(h.daemon.Output(), "\n"), 100, "nor is the daemon's output")
	h.t.Logf("%d messages of Kafka, %d of Redis, %d delay jobs, %d cron tasks; executed again %d, lost 0; %d lines in the log, and %d of cron tasks",
		h.topic.filled(), h.list.filled(), h.jobs, h.ticks(), len(again), len(h.Logs())-h.Logged("cron task"), h.Logged("cron task"))
}

// told counts the lines of the log with a message, about what has this in its name.
func (w *world) told(message, name string) (n int) {
	for _, line := range w.Logs() {
		if strings.Contains(line, `"msg":"`+message) && strings.Contains(line, name) {
			n++
		}
	}
	return n
}

// streamAway is the story of Kafka or Redis: mine needs the server, other does not.
func (h *house) streamAway(mine, other stream, name string) {
	mine.fill(little)
	other.fill(little)
	h.server.Kill()
	h.daemon = h.world.daemon()
	h.works(other)
	h.rowsGoOn()
	require.Zero(h.t, mine.begun())
	h.Await("the log tells of it", func() bool { return h.told("service away", name) == 1 })
	h.server.Start()
	h.works(mine)

	mine.fill(plenty)
	other.fill(plenty)
	h.Await("the daemon is in the middle of it", func() bool { return mine.begun() >= 2*little })
	h.server.Kill()
	require.Less(h.t, mine.begun(), mine.filled(), "it is killed in the middle")
	h.Await("the log tells of it again", func() bool { return h.told("service away", name) >= 2 })
	h.works(other)
	h.rowsGoOn()
	h.server.Start()
	h.end(2, name)
	require.Zero(h.t, h.outcomes(), "no tick was missed")
}

// The original's lag check panics when the broker is away.
func TestKafkaIsAway(t *testing.T) {
	found, server := genuine(t), services.New(t, "kafka")
	found.kafka = server.Var("TEST_KAFKA_BROKERS")
	found.brokers = strings.Split(found.kafka, ",")
	h := newHouse(t, found, server)
	h.streamAway(h.topic, h.list, h.topic.name)
}

// The original's loop over a list spins on errors.
func TestRedisIsAway(t *testing.T) {
	found, server := genuine(t), services.New(t, "redis")
	found.redisAddr = server.Var("TEST_REDIS_ADDR")
	found.redis = found.redisAddr
	h := newHouse(t, found, server)
	h.streamAway(h.list, h.topic, h.list.name)
	require.Empty(t, h.repeated(), "within the lease nothing comes again")
}

// tooLate is longer after its time than a tick is still run.
const tooLate = 33 * time.Second

// Without its database a daemon consumes, as consumers need none. It starts no cron
// task, since the permission would be a row, and says afterwards which it missed.
func TestMySQLIsAway(t *testing.T) {
	server := services.New(t, "mariadb")
	t.Setenv("TEST_MYSQL_DSN", server.Var("TEST_MYSQL_DSN"))
	h := newHouse(t, genuine(t), server)
	first := h.world.daemon()
	h.rowsGoOn()
	h.ends(first)
	h.push()
	ticks := h.ticks()
	server.Kill()
	h.daemon = h.Start(journalVariable + "=" + h.dir)
	for _, s := range []stream{h.topic, h.list} {
		s.fill(little)
		h.works(s)
	}
	const opening, deciding = `"doing":"opening the daemon's own database"`, `"doing":"deciding cron ticks"`
	h.Await("the log tells of it", func() bool { return h.told("service away", opening) == 1 })
	require.Equal(t, ticks, h.ticks(), "no row, no run")
	server.Start()
	h.rowsGoOn()

	h.topic.fill(plenty)
	h.list.fill(plenty)
	server.Kill()
	killed := time.Now()
	h.Await("the log tells of it", func() bool { return h.told("service away", deciding) == 1 })
	require.Less(t, h.topic.begun(), h.topic.filled(), "it is killed in the middle")
	ticks = h.ticks()
	h.works(h.topic)
	h.works(h.list)
	elapse(t, tooLate-time.Since(killed))
	require.LessOrEqual(t, h.ticks(), ticks+1, "no row, no run; one may have had its own")
	server.Start()
	h.end(1, opening, deciding)
	missed := h.outcomes()
	require.Positive(t, missed)
	require.Positive(t, h.Count("script_cron_run WHERE state = 'missed' AND reason LIKE 'the database could not be reached%'"))
	require.Zero(t, h.Count("script_cron_run WHERE state = 'missed' AND reason NOT LIKE 'the database could not be reached%'"+
		" AND reason NOT LIKE '% had the permission, and ended before the task began'"))
	require.Positive(t, h.Logged("cron ticks missed"))
	t.Logf("%d ticks missed", missed)
}
