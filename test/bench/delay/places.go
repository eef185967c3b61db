package main

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

// places are the servers that the contenders work on, from the environment that
// the scripts in test/services print.
type places struct {
	mysql    string // DSN of a user who may create databases and set variables
	redis    string // host:port
	postgres string // DSN of a user who may create databases
}

func findPlaces() (*places, error) {
	p := &places{}
	for name, into := range map[string]*string{
		"TEST_MYSQL_DSN": &p.mysql, "TEST_REDIS_ADDR": &p.redis, "TEST_POSTGRESQL_DSN": &p.postgres,
	} {
		if *into = os.Getenv(name); *into == "" {
			return nil, fmt.Errorf("%s is not set: run `make bench-delay`, which starts the servers", name)
		}
	}
	return p, nil
}

// describe says what the servers are, and how they are set where it matters.
func (p *places) describe(ctx context.Context) ([]string, error) {
	server, err := sql.Open("mysql", p.mysql)
	if err != nil {
		return nil, err
	}
	defer func() { _ = server.Close() }()
	var version, flush, pool, log string
	err = server.QueryRowContext(ctx, "SELECT VERSION(), @@innodb_flush_log_at_trx_commit, @@innodb_buffer_pool_size DIV 1048576, @@log_bin").Scan(&version, &flush, &pool, &log)
	if err != nil {
		return nil, fmt.Errorf("asking MySQL: %w", err)
	}
	if !strings.Contains(version, "MariaDB") {
		version = "MySQL " + version
	}
	client := redis.NewClient(&redis.Options{Addr: p.redis})
	defer func() { _ = client.Close() }()
	info, err := client.Info(ctx, "server").Result()
	if err != nil {
		return nil, fmt.Errorf("asking Redis: %w", err)
	}
	conn, err := pgx.Connect(ctx, p.postgres)
	if err != nil {
		return nil, fmt.Errorf("connecting to PostgreSQL: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }()
	var postgres, buffers, commit string
	if err := conn.QueryRow(ctx, "SELECT version(), current_setting('shared_buffers'), current_setting('synchronous_commit')").Scan(&postgres, &buffers, &commit); err != nil {
		return nil, fmt.Errorf("asking PostgreSQL: %w", err)
	}
	return []string{
		fmt.Sprintf("database: %s, innodb_flush_log_at_trx_commit %s, innodb_buffer_pool_size %s MB, log_bin %s", version, flush, pool, log),
		fmt.Sprintf("for asynq: Redis %s, appendonly, appendfsync everysec", redisVersion(info)),
		fmt.Sprintf("for River: %s, shared_buffers %s, synchronous_commit %s", strings.SplitN(postgres, " (", 2)[0], buffers, commit),
	}, nil
}

func redisVersion(info string) string {
	for line := range strings.Lines(info) {
		if version, ok := strings.CutPrefix(line, "redis_version:"); ok {
			return strings.TrimSpace(version)
		}
	}
	return "of an unknown version"
}

// rest waits until the server has cleared away what the measurement before it has left
// behind, as far as it does that by itself: a contender must not pay for another, nor
// one always for the same other.
func (p *places) rest(ctx context.Context) error {
	server, err := sql.Open("mysql", p.mysql)
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	const few, patient = 50, 5 // undo logs, looks at them
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for least, inVain := math.MaxInt, 0; inVain < patient; inVain++ {
		var left int
		err := server.QueryRowContext(ctx, "SELECT count FROM information_schema.innodb_metrics WHERE name = 'trx_rseg_history_len'").Scan(&left)
		if err != nil {
			return fmt.Errorf("asking how much is to be cleared away: %w", err)
		}
		if left <= few {
			break
		}
		if left < least {
			least, inVain = left, 0
		}
		<-look.C
	}
	return nil
}
