package redislist_test

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"simplest_script/core"
	"simplest_script/core/redislist"
	"simplest_script/core/tool/outage"
)

// onEach runs a test on a real Redis and on the embedded one.
func onEach(t *testing.T, test func(t *testing.T, addr string)) {
	t.Run("redis", func(t *testing.T) { test(t, realRedis(t)) })
	t.Run("embedded", func(t *testing.T) { test(t, miniredis.RunT(t).Addr()) })
}

func realRedis(t testing.TB) string {
	t.Helper()
	addr := os.Getenv("TEST_REDIS_ADDR")
	if addr == "" {
		t.Skip("TEST_REDIS_ADDR is not set")
	}
	return addr
}

// dial returns a client with the settings of the daemon's.
func dial(t testing.TB, addr string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true, ClientName: rand.Text(),
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled}})
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	return c
}

// freshKey returns a list that is nobody else's, and forgets it after the test.
func freshKey(t testing.TB, c redis.UniversalClient) string {
	t.Helper()
	key := "test-" + rand.Text()
	t.Cleanup(func() {
		keys := leftovers(t, c, key)
		if len(keys) > 0 {
			require.NoError(t, c.Del(context.Background(), keys...).Err())
		}
	})
	return key
}

// leftovers returns the names of all that is kept about a list, and it.
func leftovers(t testing.TB, c redis.UniversalClient, key string) []string {
	t.Helper()
	keys, err := c.Keys(context.Background(), "*"+key+"*").Result()
	require.NoError(t, err)
	return keys
}

func push(t testing.TB, c redis.UniversalClient, key string, payloads ...string) {
	t.Helper()
	for _, p := range payloads {
		require.NoError(t, c.LPush(t.Context(), key, p).Err())
	}
}

// numbered returns "0", "1" and so on.
func numbered(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(i)
	}
	return list
}

// message is what a handler saw.
type message struct {
	id, payload string
	attempt     int
}

func seen(ts []*core.Task) []message {
	ms := make([]message, len(ts))
	for i, t := range ts {
		ms[i] = message{t.ID, string(t.Payload), t.Attempt}
	}
	return ms
}

func payloads(ms []message) []string {
	list := make([]string, len(ms))
	for i, m := range ms {
		list[i] = m.payload
	}
	return list
}

// daemon is a Source at work. Its serve hands each fetch to handle.
type daemon struct {
	source *redislist.Source
	stop   context.CancelFunc // ends intake
	kill   context.CancelFunc // ends work
	ended  chan struct{}
	logs   *observer.ObservedLogs
}

// start runs a Source whose lane is served by serve.
func start(t testing.TB, c redis.UniversalClient, o redislist.Options, serve core.Serve) *daemon {
	t.Helper()
	zc, logs := observer.New(zap.InfoLevel)
	d := &daemon{ended: make(chan struct{}), logs: logs}
	d.source = redislist.NewSource(func(context.Context) (redis.UniversalClient, error) { return c, nil }, o, zap.New(zc))
	var intake, work context.Context
	intake, d.stop = context.WithCancel(context.Background())
	work, d.kill = context.WithCancel(context.Background())
	go func() {
		defer close(d.ended)
		if err := d.source.Run(intake, work, serve); err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { d.stop(); d.kill(); <-d.ended })
	return d
}

// end stops the daemon in good order.
func (d *daemon) end() {
	d.stop()
	<-d.ended
}

// said tells whether the log has a line with that message.
func (d *daemon) said(message string) bool { return d.logs.FilterMessage(message).Len() > 0 }

// each serves a lane: it gives every fetch to handle, and marks as done what that
// returns.
func each(n int, handle func(l core.Lane, ts []*core.Task) (done []*core.Task)) core.Serve {
	return func(intake, _ context.Context, l core.Lane) {
		for {
			ts, err := l.Fetch(intake, n)
			if intake.Err() != nil {
				return
			}
			if err != nil {
				outage.Sleep(intake, 10*time.Millisecond)
				continue
			}
			l.Done(handle(l, ts))
		}
	}
}

// box collects messages and says when enough are there.
type box struct {
	mu   sync.Mutex
	all  []message
	want int
	full chan struct{}
}

func newBox(want int) *box { return &box{want: want, full: make(chan struct{})} }

func (b *box) put(ms []message) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := len(b.all)
	b.all = append(b.all, ms...)
	if before < b.want && len(b.all) >= b.want {
		close(b.full)
	}
}

// work collects and marks as done.
func (b *box) work(_ core.Lane, ts []*core.Task) []*core.Task {
	b.put(seen(ts))
	return ts
}

// wait returns all messages when there are as many as wanted.
func (b *box) wait(t testing.TB) []message {
	t.Helper()
	receive(t, b.full)
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]message(nil), b.all...)
}

// receive waits for a signal, for a minute.
func receive[T any](t testing.TB, c <-chan T) T {
	t.Helper()
	select {
	case v := <-c:
		return v
	case <-time.After(time.Minute):
		require.FailNow(t, "nothing happened for a minute")
		panic("unreachable")
	}
}
