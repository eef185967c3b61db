package redislist_test

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/redislist"
)

// ownRedis starts a Redis that is the test's own, and returns its address.
func ownRedis(t *testing.T, settings ...string) string {
	t.Helper()
	binary, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("there is no redis-server on this machine: this is NOT tested")
	}
	port := freePort(t)
	server := exec.Command(binary, append([]string{"--port", fmt.Sprint(port), "--bind", "127.0.0.1", "--dir", t.TempDir(),
		"--save", "", "--appendonly", "no"}, settings...)...)
	require.NoError(t, server.Start())
	t.Cleanup(func() {
		require.NoError(t, server.Process.Kill())
		_ = server.Wait()
	})
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	c := dial(t, addr)
	require.Eventually(t, func() bool { return c.Ping(t.Context()).Err() == nil }, time.Minute, time.Millisecond)
	return addr
}

// A server that is full refuses producers. Consumers are what empties it: they fetch,
// renew, note, put aside, put back and reap as ever.
func TestAServerThatIsFullIsWorkedEmpty(t *testing.T) {
	c := dial(t, ownRedis(t))
	const key = "q"
	push(t, c, key, numbered(40)...)
	o := redislist.Options{Key: key, Lease: time.Second}
	require.NoError(t, c.ConfigSet(t.Context(), "maxmemory", "1").Err())
	require.ErrorContains(t, c.LPush(t.Context(), key, "one more").Err(), "OOM")

	held := make(chan struct{})
	hold := func(intake, work context.Context, l core.Lane) {
		ts, err := l.Fetch(intake, 10)
		if err != nil {
			t.Error(err)
			return
		}
		if err := l.Dead(work, ts[0], errors.New("bad")); err != nil {
			t.Error(err)
		}
		l.Done(ts[:2])
		held <- struct{}{}
		<-intake.Done()
	}
	returning := start(t, c, o, hold)
	receive(t, held)
	before := deadline(t, c, key)
	require.Eventually(t, func() bool { return deadline(t, c, key) > before }, time.Minute, time.Millisecond, "renewed")
	require.Eventually(t, func() bool {
		oldest := c.ZRange(t.Context(), batchesOf(key), 0, 0).Val()[0]
		return strings.HasSuffix(c.LIndex(t.Context(), oldest, 0).Val(), " 0 0 1") // dead, and done
	}, time.Minute, time.Millisecond, "noted")
	returning.end()
	require.EqualValues(t, 38, c.LLen(t.Context(), key).Val()+c.LLen(t.Context(), "{q}:returned").Val())

	dying := start(t, c, o, hold)
	receive(t, held)
	dying.kill()
	dying.end()
	b := newBox(36)
	reaping := start(t, c, o, each(5, b.work))
	b.wait(t)
	reaping.end()
	require.EqualValues(t, 2, c.LLen(t.Context(), "{q}:dead").Val())
	require.Equal(t, []string{"{q}:dead"}, leftovers(t, c, key))
	require.False(t, returning.said("service away, trying again"), returning.logs.All())
}

// A server that was started anew knows no script, and may know none of what was out.
func TestAServerThatForgotScripts(t *testing.T) {
	c := dial(t, ownRedis(t))
	const key = "q"
	b := newBox(100)
	d := start(t, c, redislist.Options{Key: key}, each(5, func(l core.Lane, ts []*core.Task) []*core.Task {
		if err := c.ScriptFlush(context.Background()).Err(); err != nil {
			t.Error(err)
		}
		return b.work(l, ts)
	}))
	want := numbered(100)
	push(t, c, key, want...)
	require.Equal(t, want, payloads(b.wait(t)))
	d.end()
	require.False(t, d.said("service away, trying again"), d.logs.All())
	require.Empty(t, leftovers(t, c, key))
}
