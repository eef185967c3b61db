package svc_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
	"simplest_script/test/dbtest"
)

func TestEmbeddedRedisIsSharedByTheProgramsOfAHome(t *testing.T) {
	cfg := config(t)
	daemon, err := dbtest.Services(t, cfg).Redis(t.Context(), "Default")
	require.NoError(t, err)
	require.NoError(t, daemon.Set(t.Context(), "key", "value", 0).Err())

	command, err := dbtest.Services(t, cfg).Redis(t.Context(), "Default")
	require.NoError(t, err)
	value, err := command.Get(t.Context(), "key").Result()
	require.NoError(t, err)
	require.Equal(t, "value", value)
}

func TestRealRedis(t *testing.T) {
	addr := os.Getenv("TEST_REDIS_ADDR")
	if addr == "" {
		t.Skip("TEST_REDIS_ADDR is not set")
	}
	cfg := config(t)
	cfg.Redis = map[string]conf.Redis{"Default": {Addr: addr, Db: 3}}
	s := dbtest.Services(t, cfg)
	client, err := s.Redis(t.Context(), "Default")
	require.NoError(t, err)
	info, err := client.ClientInfo(t.Context()).Result()
	require.NoError(t, err)
	require.Equal(t, 3, info.DB)
	require.NoError(t, s.Close())
	require.Error(t, client.Ping(t.Context()).Err())
}

func TestRedisThatIsAwayIsTriedAgain(t *testing.T) {
	cfg := config(t)
	cfg.Redis["Default"] = conf.Redis{Addr: "127.0.0.1:1", Pass: "top-secret"}
	s := dbtest.Services(t, cfg)
	_, err := s.Redis(t.Context(), "Default")
	require.ErrorContains(t, err, "opening Redis Default:")
	require.NotContains(t, err.Error(), "top-secret")
	cfg.Redis["Default"] = conf.Redis{Addr: conf.Embedded}
	_, err = s.Redis(t.Context(), "Default")
	require.NoError(t, err)
}

func TestKafkaBrokers(t *testing.T) {
	cfg := config(t)
	cfg.Kafka["Big"] = conf.Kafka{Brokers: "a:9092, b:9092"}
	s := dbtest.Services(t, cfg)
	brokers, err := s.KafkaBrokers(t.Context(), "Big")
	require.NoError(t, err)
	require.Equal(t, []string{"a:9092", "b:9092"}, brokers)

	embedded, err := s.KafkaBrokers(t.Context(), "Default")
	require.NoError(t, err)
	again, err := s.KafkaBrokers(t.Context(), "Default")
	require.NoError(t, err)
	require.Equal(t, embedded, again)
	require.Len(t, embedded, 1)
}
