//go:build unix

package consume_test

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/svc"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig"
)

// servers are the Kafka and the Redis of a test, as the configuration names them and
// as the test reaches them.
type servers struct {
	dialect      sqldb.Dialect
	kafka, redis string
	brokers      []string
	redisAddr    string
}

// genuine returns the servers that `make services-up` starts.
func genuine(t *testing.T) servers {
	t.Helper()
	kafka, addr := os.Getenv("TEST_KAFKA_BROKERS"), os.Getenv("TEST_REDIS_ADDR")
	if kafka == "" || addr == "" {
		t.Skip("TEST_KAFKA_BROKERS and TEST_REDIS_ADDR are not set: start the services with `make services-up`")
	}
	return servers{dialect: sqldb.MySQL, kafka: kafka, redis: addr, brokers: strings.Split(kafka, ","), redisAddr: addr}
}

// world is an installation with consumers.
type world struct {
	*rig.World
	*journal
	t *testing.T
	servers
}

// settings is what etc/test.yaml has beside what the rig writes.
const settings = `Redis:
  Default: {Addr: %q}
Kafka:
  Default: {Brokers: %q}
`

func newWorld(t *testing.T, s servers, consumer string) *world {
	t.Helper()
	w := &world{World: rig.New(t, s.dialect), t: t, servers: s}
	w.journal = newJournal(t, filepath.Join(w.Home, "executions"))
	require.NoError(t, os.MkdirAll(w.dir, 0o750))
	file := filepath.Join(w.Home, "etc", "test.yaml")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	text = fmt.Appendf(text, settings+"Consumer: %s\n", s.redis, s.kafka, consumer)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return w
}

// embedded returns a world whose servers run in the process of this test; the
// daemons find them there.
func embedded(t *testing.T, consumer string) *world {
	t.Helper()
	w := newWorld(t, servers{dialect: sqldb.SQLite, kafka: conf.Embedded, redis: conf.Embedded}, consumer)
	cfg := conf.Default()
	cfg.Env, cfg.Home = conf.Test, w.Home
	cfg.Redis = map[string]conf.Redis{conf.DefaultName: {Addr: conf.Embedded}}
	cfg.Kafka = map[string]conf.Kafka{conf.DefaultName: {Brokers: conf.Embedded}}
	s := svc.New(cfg, zap.NewNop())
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	var err error
	w.brokers, err = s.KafkaBrokers(t.Context(), conf.DefaultName)
	require.NoError(t, err)
	client, err := s.Redis(t.Context(), conf.DefaultName)
	require.NoError(t, err)
	w.redisAddr = client.(*redis.Client).Options().Addr
	return w
}

// entries writes queue_script1.json.
func (w *world) entries(all ...map[string]any) {
	w.t.Helper()
	for _, e := range all {
		maps.Copy(e, map[string]any{"name": "consume", "status": 2})
		for key, value := range map[string]any{
			"exec_cmd": quick, "progress": 2, "max_progress": 4, "progress_lag_limit": 1_000_000, "progress_avg_msgcount": 1000,
		} {
			if _, set := e[key]; !set {
				e[key] = value
			}
		}
	}
	text, err := json.Marshal(all)
	require.NoError(w.t, err)
	require.NoError(w.t, os.WriteFile(filepath.Join(w.Home, "etc", "queue_script1.json"), text, 0o600))
}

// daemon starts a daemon and waits until it is ready.
func (w *world) daemon() *rig.Process {
	w.t.Helper()
	return w.Daemon(journalVariable + "=" + w.dir)
}

// victim is a daemon that sends itself a signal with its nth execution after arm.
func (w *world) victim(n int, s syscall.Signal) *rig.Process {
	w.t.Helper()
	p := w.Daemon(journalVariable+"="+w.dir, fmt.Sprintf("%s=%d %d", strikeVariable, n, s))
	p.Disturbed()
	p.MayEnd()
	return p
}

// arm lets victims count from now on.
func (w *world) arm() {
	w.t.Helper()
	require.NoError(w.t, os.WriteFile(armed(w.dir), nil, 0o600))
}

// all waits until n messages are executed.
func (w *world) all(n int) {
	w.t.Helper()
	w.Await(fmt.Sprintf("%d messages are executed", n), func() bool { return w.distinct() >= n })
}

// ends stops a daemon in good order.
func (w *world) ends(p *rig.Process) {
	w.t.Helper()
	p.Terminate()
	require.Zero(w.t, p.Wait(), p.Output())
}

// name returns one that no other test has.
func name() string { return "consume-" + strings.ToLower(rand.Text()[:8]) }
