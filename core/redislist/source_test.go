package redislist_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/redislist"
)

func TestMessagesComeInTheirOrderAndOnce(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		want := numbered(1000)
		push(t, c, key, want[:500]...)
		b := newBox(len(want))
		d := start(t, c, redislist.Options{Key: key}, each(100, b.work))
		push(t, c, key, want[500:]...) // while the daemon waits for them
		ms := b.wait(t)
		d.end()
		require.Equal(t, want, payloads(ms))
		for _, m := range ms {
			require.Equal(t, 1, m.attempt)
		}
		require.Empty(t, leftovers(t, c, key), "what is done is gone, and all that was kept about it")
	})
}

func TestPayloadsAreArbitraryAndEqualOnesAreDifferentMessages(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		want := []string{"", "same", "same", "\x00\xff\r\n", "1 id payload", " ", strings.Repeat("x\x00", 4<<20), `["key","payload"]`, ""}
		push(t, c, key, want...)
		b := newBox(len(want))
		d := start(t, c, redislist.Options{Key: key}, each(100, b.work))
		ms := b.wait(t)
		d.end()
		ids := map[string]bool{}
		for i, m := range ms {
			require.True(t, want[i] == m.payload, "message %d", i)
			ids[m.id] = true
		}
		require.Len(t, ids, len(want))
	})
}

func TestSeveralDaemonsShareAList(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		want := numbered(2000)
		push(t, c, key, want...)
		b := newBox(len(want))
		one := start(t, c, redislist.Options{Key: key}, each(50, b.work))
		two := start(t, c, redislist.Options{Key: key}, each(50, b.work))
		ms := b.wait(t)
		one.end()
		two.end()
		require.ElementsMatch(t, want, payloads(ms))
		require.Empty(t, leftovers(t, c, key))
	})
}

func TestMessagesMayBeDoneInAnyOrder(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		push(t, c, key, numbered(60)...)
		b := newBox(60)
		d := start(t, c, redislist.Options{Key: key}, each(20, func(l core.Lane, ts []*core.Task) []*core.Task {
			for i := len(ts) - 1; i >= 0; i-- {
				l.Done(ts[i : i+1])
			}
			b.put(seen(ts))
			return ts[:3] // said twice, which changes nothing
		}))
		b.wait(t)
		d.end()
		require.Empty(t, leftovers(t, c, key))
	})
}

// What is done is acknowledged although no further fetch takes that along.
func TestAcknowledgementsDoNotWaitForMessages(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		push(t, c, key, "only")
		b := newBox(1)
		start(t, c, redislist.Options{Key: key}, each(20, b.work))
		b.wait(t)
		require.Eventually(t, func() bool { return len(leftovers(t, c, key)) == 0 }, time.Minute, time.Millisecond)
	})
}

// A Source waits in Redis: with one command at a time, however often it fetches.
func TestOneCommandWaitsPerSource(t *testing.T) {
	c := dial(t, realRedis(t))
	key := freshKey(t, c)
	b := newBox(3)
	start(t, c, redislist.Options{Key: key}, each(20, b.work))
	for range 3 {
		require.Eventually(t, func() bool { return waiting(t, c) == 1 }, time.Minute, time.Millisecond)
		push(t, c, key, "x")
	}
	b.wait(t)
	require.Eventually(t, func() bool { return waiting(t, c) == 1 }, time.Minute, time.Millisecond)
}

// waiting returns how many commands wait on connections of the client's name.
func waiting(t *testing.T, c *redis.Client) int {
	t.Helper()
	clients, err := c.ClientList(t.Context()).Result()
	require.NoError(t, err)
	n := 0
	for line := range strings.Lines(clients) {
		if strings.Contains(line, "name="+c.Options().ClientName+" ") && strings.Contains(line, " cmd=blmove") && strings.Contains(line, " flags=b") {
			n++
		}
	}
	return n
}

func TestAnEmptyListIsAskedWhereItCannotBeWaitedFor(t *testing.T) {
	admin := dial(t, realRedis(t))
	key := freshKey(t, admin)
	require.NoError(t, admin.Do(t.Context(), "ACL", "SETUSER", key, "on", "nopass", "~*", "&*", "+@all", "-blmove").Err())
	t.Cleanup(func() { require.NoError(t, admin.Do(context.Background(), "ACL", "DELUSER", key).Err()) })
	c := redis.NewClient(&redis.Options{Addr: realRedis(t), Username: key, Password: "any"})
	defer c.Close()
	b := newBox(2)
	d := start(t, c, redislist.Options{Key: key}, each(20, b.work))
	push(t, admin, key, "one")
	require.Eventually(t, func() bool {
		return d.said("this Redis has no BLMOVE for us: the list is asked again and again while it is empty")
	}, time.Minute, time.Millisecond)
	push(t, admin, key, "two")
	require.Equal(t, []string{"one", "two"}, payloads(b.wait(t)))
	d.end()
}

func TestLagIsTheLengthOrAnError(t *testing.T) {
	onEach(t, func(t *testing.T, addr string) {
		c := dial(t, addr)
		key := freshKey(t, c)
		s := redislist.NewSource(func(context.Context) (redis.UniversalClient, error) { return c, nil }, redislist.Options{Key: key}, zap.NewNop())
		lag, err := s.Lag(t.Context())
		require.NoError(t, err)
		require.Equal(t, core.Lag{Lanes: 1}, lag)
		push(t, c, key, "a", "b", "c")
		lag, err = s.Lag(t.Context())
		require.NoError(t, err)
		require.Equal(t, core.Lag{Messages: 3, Lanes: 1}, lag)

		require.NoError(t, c.Del(t.Context(), key).Err())
		require.NoError(t, c.Set(t.Context(), key, "no list", 0).Err())
		_, err = s.Lag(t.Context())
		require.ErrorContains(t, err, key)
	})
	away := errors.New("away")
	s := redislist.NewSource(func(context.Context) (redis.UniversalClient, error) { return nil, away }, redislist.Options{Key: "q"}, zap.NewNop())
	_, err := s.Lag(t.Context())
	require.ErrorIs(t, err, away)
}

func TestWrongOptionsAreErrorsOfRun(t *testing.T) {
	for want, o := range map[string]redislist.Options{
		"the key of the Redis list is missing": {},
		"would go to itself":                   {Key: "q", Dead: "q"},
		"is too short":                         {Key: "q", Lease: time.Millisecond},
		"has a space in it":                    {Key: "q", Owner: "a b"},
	} {
		s := redislist.NewSource(nil, o, zap.NewNop())
		require.ErrorContains(t, s.Run(t.Context(), t.Context(), nil), want)
	}
}
