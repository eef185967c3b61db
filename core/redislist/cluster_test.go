package redislist_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/redislist"
)

// cluster starts a Redis in cluster mode, one node that has all slots, and returns
// its address.
func cluster(t *testing.T) string {
	t.Helper()
	addr := ownRedis(t, "--cluster-enabled", "yes", "--cluster-port", fmt.Sprint(freePort(t)))
	c := dial(t, addr)
	require.NoError(t, c.ClusterAddSlotsRange(t.Context(), 0, 16383).Err())
	require.Eventually(t, func() bool {
		return strings.Contains(c.ClusterInfo(t.Context()).Val(), "cluster_state:ok")
	}, time.Minute, time.Millisecond)
	return addr
}

func freePort(t *testing.T) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// A server in cluster mode refuses a command or script whose keys have several
// slots with CROSSSLOT: here every script runs, and nothing is refused.
func TestClusterMode(t *testing.T) {
	addr := cluster(t)
	c := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{addr}})
	t.Cleanup(func() { require.NoError(t, c.Close()) })
	require.ErrorContains(t, c.Eval(t.Context(), "return 1", []string{"a", "b"}).Err(), "same slot")
	for _, client := range []redis.UniversalClient{c, dial(t, addr)} {
		for _, key := range []string{"plain", "with{tag}between", "{"} {
			t.Run(fmt.Sprintf("%T %s", client, key), func(t *testing.T) {
				everyScript(t, client, key)
			})
		}
	}
}

// everyScript lets a daemon die that has fetched, renewed, acknowledged, put back
// and dead-lettered, and another one reap what it had.
func everyScript(t *testing.T, c redis.UniversalClient, key string) {
	push(t, c, key, numbered(30)...)
	b := newBox(28)
	held := make(chan struct{})
	o := redislist.Options{Key: key, Lease: 200 * time.Millisecond}
	hold := func(intake, work context.Context, l core.Lane) {
		ts, err := l.Fetch(intake, 10)
		if err != nil {
			t.Error(err)
			return
		}
		if err := l.Dead(work, ts[0], errors.New("bad")); err != nil {
			t.Error(err)
		}
		l.Done(ts[:1])
		held <- struct{}{}
		<-intake.Done()
	}
	returning := start(t, c, o, hold)
	receive(t, held)
	before := deadline(t, c, key)
	require.Eventually(t, func() bool { return deadline(t, c, key) > before }, time.Minute, time.Millisecond, "renewed")
	returning.end()
	lag, err := returning.source.Lag(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 29, lag.Messages)

	dying := start(t, c, o, hold)
	receive(t, held)
	dying.kill() // the work is abandoned, and left to its lease
	dying.end()
	reaping := start(t, c, o, each(5, b.work))
	require.Len(t, b.wait(t), 28)
	reaping.end()
	for _, d := range []*daemon{returning, dying, reaping} {
		require.Zero(t, d.logs.FilterLevelExact(zap.ErrorLevel).Len(), d.logs.All())
		require.False(t, d.said("service away, trying again"), d.logs.All())
	}
	require.NoError(t, c.Del(t.Context(), leftoverDead(t, c)).Err())
}

// deadline returns the first of those of the batches that are out.
func deadline(t *testing.T, c redis.UniversalClient, key string) float64 {
	t.Helper()
	batches, err := c.ZRangeWithScores(t.Context(), batchesOf(key), 0, -1).Result()
	require.NoError(t, err)
	require.NotEmpty(t, batches)
	return batches[0].Score
}

func batchesOf(key string) string {
	if strings.Contains(key, "{tag}") {
		return key + ":batches"
	}
	return "{" + key + "}:batches"
}

// allKeys returns the keys of a server, or of all servers of a cluster.
func allKeys(t *testing.T, c redis.UniversalClient) (keys []string) {
	t.Helper()
	servers, several := c.(*redis.ClusterClient)
	if !several {
		keys, err := c.Keys(t.Context(), "*").Result()
		require.NoError(t, err)
		return keys
	}
	var mu sync.Mutex
	require.NoError(t, servers.ForEachMaster(t.Context(), func(ctx context.Context, c *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		some, err := c.Keys(ctx, "*").Result()
		keys = append(keys, some...)
		return err
	}))
	return keys
}

// leftoverDead returns the dead list, which is all that is left.
func leftoverDead(t *testing.T, c redis.UniversalClient) string {
	t.Helper()
	keys := allKeys(t, c)
	require.Len(t, keys, 1)
	require.EqualValues(t, 2, c.LLen(t.Context(), keys[0]).Val())
	return keys[0]
}
