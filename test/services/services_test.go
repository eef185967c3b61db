package services_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/require"

	"simplest_script/test/services"
)

func TestMariaDBKeepsItsDataWhenKilled(t *testing.T) {
	server := services.New(t, "mariadb")
	dsn := server.Var("TEST_MYSQL_DSN")
	db, err := sql.Open("mysql", dsn)
	require.NoError(t, err)
	defer db.Close()

	_, err = db.ExecContext(t.Context(), "CREATE TABLE kept (id INT PRIMARY KEY)")
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), "INSERT INTO kept VALUES (7)")
	require.NoError(t, err)

	server.Kill()
	require.Error(t, db.PingContext(t.Context()))
	server.Start()
	require.Equal(t, dsn, server.Var("TEST_MYSQL_DSN"))
	var id int
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT id FROM kept").Scan(&id))
	require.Equal(t, 7, id)
}

func TestMariaDBStandsStillWhilePaused(t *testing.T) {
	server := services.New(t, "mariadb")
	db, err := sql.Open("mysql", server.Var("TEST_MYSQL_DSN"))
	require.NoError(t, err)
	defer db.Close()
	require.NoError(t, db.PingContext(t.Context()))

	server.Pause()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, db.PingContext(ctx), context.DeadlineExceeded)
	server.Resume()
	require.NoError(t, db.PingContext(t.Context()))
}

func TestRedisKeepsItsDataWhenKilled(t *testing.T) {
	server := services.New(t, "redis")
	addr := server.Var("TEST_REDIS_ADDR")
	client := redis.NewClient(&redis.Options{Addr: addr})
	defer client.Close()
	require.NoError(t, client.RPush(t.Context(), "list", "message").Err())

	server.Kill()
	require.Error(t, client.Ping(t.Context()).Err())
	server.Start()
	require.Equal(t, addr, server.Var("TEST_REDIS_ADDR"))
	require.Equal(t, "message", client.LPop(t.Context(), "list").Val())
}

func TestStoppedServerIsNotRunning(t *testing.T) {
	server := services.New(t, "redis")
	client := redis.NewClient(&redis.Options{Addr: server.Var("TEST_REDIS_ADDR"), MaxRetries: -1})
	defer client.Close()
	server.Stop()
	server.Stop()
	require.Error(t, client.Ping(t.Context()).Err())
	server.Start()
	server.Start()
	require.NoError(t, client.Ping(t.Context()).Err())
}
