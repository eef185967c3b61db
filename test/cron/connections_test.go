//go:build linux

package cron_test

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
)

// A task whose handler needs neither Redis nor Kafka runs while both are away.
func TestATaskDoesNotWaitForWhatItDoesNotNeed(t *testing.T) {
	redis, kafka := guard(t), guard(t)
	for _, g := range []*guarded{redis, kafka} {
		require.NoError(t, g.Close()) // nobody listens there now
	}
	t.Setenv("SCRIPT_REDIS_DEFAULT_ADDR", redis.Addr().String())
	t.Setenv("SCRIPT_KAFKA_DEFAULT_BROKERS", kafka.Addr().String())
	w := newWorld(t, sqldb.SQLite, crontabOf("work", "allow"))
	d := w.daemon()
	w.await("tasks run", func() bool { return w.count("script_cron_run WHERE state = 'success'") >= 2 })
	d.stop()
	require.Zero(t, w.count("script_cron_run WHERE state IN ('failed', 'lost')"))
}

// Nor does its process connect to them; only that of a task whose handler asks does.
func TestATaskOpensOnlyTheConnectionsItNeeds(t *testing.T) {
	redis, kafka := guard(t), guard(t)
	t.Setenv("SCRIPT_REDIS_DEFAULT_ADDR", redis.Addr().String())
	t.Setenv("SCRIPT_KAFKA_DEFAULT_BROKERS", kafka.Addr().String())
	w := newWorld(t, sqldb.SQLite, crontabOf("work", "allow"))
	d := w.daemon()
	w.await("tasks run", func() bool { return w.count("script_cron_run WHERE state = 'success'") >= 2 })
	d.stop()
	w.await("no task is left", func() bool { return len(w.tasks()) == 0 })
	require.Zero(t, redis.callers.Load(), "nobody has connected to Redis")
	require.Zero(t, kafka.callers.Load(), "nobody has connected to Kafka")

	w.write("etc/crontab_script1.json", crontabOf("connect", "allow"))
	d = w.daemon()
	w.await("a task has tried to", func() bool { return redis.callers.Load() > 0 && kafka.callers.Load() > 0 })
	d.stop()
}

// guarded is an address where nobody is served, and callers are counted.
type guarded struct {
	net.Listener
	callers atomic.Int64
}

func guard(t *testing.T) *guarded {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	g := &guarded{Listener: l}
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			g.callers.Add(1)
			_ = c.Close() // the caller sees an end
		}
	})
	t.Cleanup(func() {
		_ = l.Close() // a test may have done it
		serving.Wait()
	})
	return g
}
