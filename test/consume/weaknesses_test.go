//go:build unix

package consume_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/internal/app"
	"simplest_script/test/proxy"
)

// Each test here, and each in this package that has the same beginning of its name,
// answers a weakness of the original. Those of cron are beside its code.

// Kafka: a failed message is lost, since its offset is committed before the handler
// has run. Redis: it is put back as [key, payload].
func TestOriginalWeaknessAFailedMessageIsLostOrChanged(t *testing.T) {
	onEach(t, func(t *testing.T, w *world, s stream) {
		const n = 100
		e := s.entry()
		e["exec_cmd"] = flaky
		w.entries(e)
		s.fill(n)
		d := w.daemon()
		w.all(n)
		w.ends(d)
		require.Zero(t, examine(w, s, func(execution) bool { return false }))
		for _, e := range w.runs {
			require.Equal(t, 2, e.attempt, "message %d", e.number)
		}
	})
}

// Kafka: one topic with two groups collides.
func TestOriginalWeaknessOneTopicWithTwoGroupsCollides(t *testing.T) {
	const n = 1000
	w := newWorld(t, genuine(t), "{}")
	s := newTopic(w, 8)
	other := s.entry()
	other["group_id"], other["exec_cmd"] = s.name+"-other", slow
	w.entries(s.entry(), other)
	s.fill(n)
	d := w.daemon()
	w.Await("each message is executed for each group", func() bool { return w.of(d.PID) >= 2*n })
	w.ends(d)
	require.Equal(t, n, w.distinct())
	require.Len(t, w.repeated(), n)
}

// Kafka: the lag check takes the number of partitions to be max_progress, and counts
// the whole topic where nothing is committed.
func TestOriginalWeaknessTheLagIsWrong(t *testing.T) {
	const n = 3000
	for name, partitions := range map[string]int{"fewer partitions than max_progress": 2, "more": 16} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, genuine(t), "{CheckEvery: 300ms}")
			s := newTopic(w, partitions)
			s.fill(n)
			oldest, newest := s.entry(), s.entry()
			oldest["exec_cmd"] = gated
			newest["group_id"], newest["initial_offset"] = s.name+"-newest", "newest"
			w.entries(oldest, newest)
			d := w.daemon()
			first := func(group string) (v app.DecisionView) {
				w.Await("the lag of "+group+" is read", func() bool {
					q := w.queues()[group]
					if len(q.Decisions) > 0 {
						v = q.Decisions[0]
					}
					return len(q.Decisions) > 0 && v.LagError == ""
				})
				return v
			}
			before, behind := first(s.name), first(s.name+"-newest")
			require.EqualValues(t, n, before.Lag+before.Stuck, "all of it waits for the group that begins with the oldest")
			require.Zero(t, behind.Lag+behind.Stuck, "none of it is for the one that begins with what comes")
			w.openGate()
			w.all(n)
			w.ends(d)
		})
	}
}

// Kafka: the lag check panics when the broker is away.
func TestOriginalWeaknessTheLagCheckPanics(t *testing.T) {
	const n = 100
	found := genuine(t)
	broker, err := proxy.New(found.brokers[0])
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, broker.Close()) })
	broker.Refuse()
	found.kafka = broker.Addr()
	w := newWorld(t, found, "{CheckEvery: 200ms}")
	s := newTopic(w, 2)
	s.fill(n)
	e := s.entry()
	w.entries(e)
	d := w.daemon()
	var q app.QueueView
	w.Await("it has looked in vain", func() bool {
		q = w.queues()[s.name]
		return len(q.Decisions) >= 3
	})
	for _, look := range q.Decisions {
		require.NotEmpty(t, look.LagError)
		require.Zero(t, look.Lag+look.Stuck)
		require.Equal(t, e["progress"], look.Desired, "what is not known changes nothing")
	}
	broker.Heal()
	w.all(n)
	w.ends(d)
}

// Redis: a sleep of 200 ms caps a consumer at five messages a second. At that rate
// the list would take ten minutes.
func TestOriginalWeaknessFiveMessagesASecond(t *testing.T) {
	const n = 3000
	w := newWorld(t, genuine(t), "{}")
	s := newList(w)
	e := s.entry()
	e["progress"], e["max_progress"] = 1, 1
	w.entries(e)
	s.fill(n)
	d := w.daemon()
	w.all(n)
	w.ends(d)
	require.Zero(t, examine(w, s, func(execution) bool { return false }))
}

// Redis: errors spin.
func TestOriginalWeaknessErrorsSpin(t *testing.T) {
	const n, away = 100, 5 * time.Second
	found := genuine(t)
	server, err := proxy.New(found.redisAddr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Close()) })
	server.Refuse()
	found.redis = server.Addr()
	w := newWorld(t, found, "{}")
	s := newList(w)
	w.entries(s.entry())
	s.fill(n)
	d := w.daemon()
	elapse(t, away)
	told := w.told("service", s.name)
	require.Positive(t, told)
	require.LessOrEqual(t, told, 3, "not with each try")
	server.Heal()
	w.all(n)
	w.ends(d)
	t.Logf("%v of processor time in %v", d.CPU(), d.Lived())
	require.Less(t, d.CPU(), d.Lived()/3)
	require.Less(t, strings.Count(d.Output(), "\n"), 100, "libraries too may not flood what it prints")
}

// Shutdown, and everywhere else: there is no recover.
func TestOriginalWeaknessNoRecover(t *testing.T) {
	onEach(t, func(t *testing.T, w *world, s stream) {
		const n = 20
		e := s.entry()
		e["exec_cmd"] = panicky
		w.entries(e)
		w.everySecond(panicky)
		s.fill(n)
		d := w.daemon()
		w.all(n)
		w.Await("the row of a cron task tells that it failed", func() bool {
			return w.Count("crontab_log WHERE status = 'failed' AND result LIKE '%a mistake in a handler%'") > 0
		})
		require.False(t, d.Ended())
		w.ends(d)
		require.Zero(t, examine(w, s, func(execution) bool { return false }))
	})
}

// SCRIPT_PARTITION has no default, although the README says that it is script1.
func TestOriginalWeaknessNoDefaultPartition(t *testing.T) {
	const n = 10
	w := newWorld(t, genuine(t), "{}")
	s := newList(w)
	w.entries(s.entry()) // in queue_script1.json
	s.fill(n)
	d := w.daemon()
	w.all(n)
	w.ends(d)
	require.Equal(t, 1, w.Logged(`"msg":"starting","version":"devel","env":"test","partition":"script1"`))
}

// An unknown environment silently means dev.
func TestOriginalWeaknessAnUnknownEnvironmentMeansDev(t *testing.T) {
	w := newWorld(t, genuine(t), "{}")
	d := w.Start(journalVariable+"="+w.dir, "SCRIPT_ENV=prod")
	require.Equal(t, 1, d.Wait())
	require.Contains(t, d.Output(), "prod")
	require.Contains(t, d.Output(), "SCRIPT_ENV")
}

// openGate lets the handlers of the kind gated go on.
func (w *world) openGate() {
	w.t.Helper()
	require.NoError(w.t, os.WriteFile(filepath.Join(w.Home, "gate"), nil, 0o600))
}

// elapse lets an outage last.
func elapse(t *testing.T, d time.Duration) {
	t.Helper()
	select {
	case <-time.After(d):
	case <-t.Context().Done():
	}
}
