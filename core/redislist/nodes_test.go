package redislist_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/svc"
)

// nodes starts a Redis Cluster of two servers with half of the slots each, and returns
// their addresses.
func nodes(t *testing.T) []string {
	t.Helper()
	var addrs, buses []string
	for _, slots := range [][2]int{{0, 8191}, {8192, 16383}} {
		bus := fmt.Sprint(freePort(t))
		addr := ownRedis(t, "--cluster-enabled", "yes", "--cluster-port", bus)
		require.NoError(t, dial(t, addr).ClusterAddSlotsRange(t.Context(), slots[0], slots[1]).Err())
		addrs, buses = append(addrs, addr), append(buses, bus)
	}
	host, port, err := net.SplitHostPort(addrs[1])
	require.NoError(t, err)
	require.NoError(t, dial(t, addrs[0]).Do(t.Context(), "CLUSTER", "MEET", host, port, buses[1]).Err())
	for _, addr := range addrs {
		c := dial(t, addr)
		require.Eventually(t, func() bool {
			info := c.ClusterInfo(t.Context()).Val()
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_size:2")
		}, time.Minute, time.Millisecond)
	}
	return addrs
}

// connection opens a configured connection as the daemon does.
func connection(t *testing.T, c conf.Redis) (redis.UniversalClient, error) {
	t.Helper()
	cfg := conf.Default()
	cfg.Redis = map[string]conf.Redis{conf.DefaultName: c}
	services := svc.New(cfg, zap.NewNop())
	t.Cleanup(func() { require.NoError(t, services.Close()) })
	return services.Redis(t.Context(), conf.DefaultName)
}

// A server of a cluster answers for its own slots only, and for others with MOVED.
// One address of it is enough to reach all lists, wherever they are.
func TestListsOfAClusterOfSeveralServers(t *testing.T) {
	addrs := nodes(t)
	for name, addr := range map[string]string{"one address": addrs[0], "the other": addrs[1], "both": strings.Join(addrs, ", ")} {
		t.Run(name, func(t *testing.T) {
			c, err := connection(t, conf.Redis{Addr: addr})
			require.NoError(t, err)
			halves := map[bool]int{}
			for _, key := range []string{"a", "b", "c", "with{tag}between"} {
				everyScript(t, c, key)
				halves[c.ClusterKeySlot(t.Context(), key).Val() < 8192]++
			}
			require.Len(t, halves, 2, "both servers have lists")
		})
	}
	_, err := connection(t, conf.Redis{Addr: strings.Join(addrs, ","), Db: 3})
	require.ErrorContains(t, err, "Redis Cluster, which has database 0 only: its Db is 3")
	_, err = connection(t, conf.Redis{Addr: addrs[0], Db: 3})
	require.ErrorContains(t, err, "not allowed in cluster mode")
}

// A cluster of one server is that server, also where it calls itself by an address
// that only the cluster can reach.
func TestClusterOfOneServerIsReachedByTheAddressThatIsConfigured(t *testing.T) {
	addr := cluster(t)
	require.NoError(t, dial(t, addr).ConfigSet(t.Context(), "cluster-announce-ip", "192.0.2.1").Err())
	c, err := connection(t, conf.Redis{Addr: addr})
	require.NoError(t, err)
	everyScript(t, c, "a")
}

func TestSeveralAddressesThatAreNoCluster(t *testing.T) {
	addr := ownRedis(t)
	_, err := connection(t, conf.Redis{Addr: addr + "," + addr})
	require.ErrorContains(t, err, "as a Redis Cluster (several addresses are servers of one)")
	require.ErrorContains(t, err, "cluster support disabled")
}
