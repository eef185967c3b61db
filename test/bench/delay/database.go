package main

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"
	"go.uber.org/zap"

	"simplest_script/core/conf"
	"simplest_script/core/schema"
	"simplest_script/core/svc"
	"simplest_script/core/tool/sqldb"
)

// ownName is the connection that the daemon keeps its tables in.
const ownName = "DBConsole"

// database is one of the machine's own, with all its tables, for the time of a
// measurement. The pools are those of a daemon.
type database struct {
	*sqldb.DB
	dsn      string
	services *svc.Services
	server   *sql.DB
	name     string
}

// newDatabase makes a database with tables in it.
func newDatabase(ctx context.Context, dsn string) (*database, error) {
	d, err := emptyDatabase(ctx, dsn)
	if err != nil {
		return nil, err
	}
	tables, err := d.services.Schema(ctx)
	if err == nil {
		err = schema.Migrate(ctx, tables)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("making the tables: %w", err), d.close())
	}
	return d, nil
}

func emptyDatabase(ctx context.Context, dsn string) (*database, error) {
	c, err := mysql.ParseDSN(dsn)
	if err != nil {
		return nil, fmt.Errorf("reading TEST_MYSQL_DSN: %w", err)
	}
	server, err := sql.Open("mysql", dsn)
	if err != nil {
		return nil, err
	}
	c.DBName = "bench_" + strings.ToLower(rand.Text()[:10])
	if _, err := server.ExecContext(ctx, "CREATE DATABASE "+c.DBName+" DEFAULT CHARACTER SET utf8mb4"); err != nil {
		return nil, errors.Join(fmt.Errorf("creating a database: %w", err), server.Close())
	}
	cfg := conf.Default()
	cfg.Env, cfg.OwnMysql = conf.Test, ownName
	cfg.Mysql = map[string]conf.Secret{ownName: conf.Secret(c.FormatDSN())}
	d := &database{dsn: c.FormatDSN(), services: svc.New(cfg, zap.NewNop()), server: server, name: c.DBName}
	if d.DB, err = d.services.Own(ctx); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func (d *database) close() error {
	err := d.services.Close()
	_, dropped := d.server.ExecContext(context.Background(), "DROP DATABASE "+d.name)
	return errors.Join(err, dropped, d.server.Close())
}

// count answers a query of one number.
func (d *database) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = d.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// unfinished counts the jobs of the measured kind that are not done.
func (d *database) unfinished(ctx context.Context) (int, error) {
	return d.count(ctx, "SELECT COUNT(*) FROM delay_queue_log WHERE status IN (1, 2, 4, 5, 6, 7) AND exec_cmd = ?", kindName)
}

// fill adds rows until there are n of a kind and a status, their due times going
// back one second each. The server copies them from a table of numbers: from the
// table itself it would copy through a file.
func (d *database) fill(ctx context.Context, kind string, status, n int) error {
	const chunk = 100_000
	have, err := d.count(ctx, "SELECT COUNT(*) FROM delay_queue_log WHERE exec_cmd = ? AND status = ?", kind, status)
	if err == nil {
		err = d.numbers(ctx, chunk)
	}
	for err == nil && have < n {
		more := min(chunk, n-have)
		_, err = d.ExecContext(ctx, "INSERT INTO delay_queue_log (name, exec_cmd, params, status, exec_time, create_time, update_time)"+
			" SELECT 'filler', ?, '0', ?, UNIX_TIMESTAMP() - 60 - ? - n, NOW(), NOW() FROM bench_number WHERE n < ?", kind, status, have, more)
		have += more
	}
	if err != nil {
		return fmt.Errorf("filling up to %d rows of %s: %w", n, kind, err)
	}
	return nil
}

// numbers makes the table bench_number with the numbers below n.
func (d *database) numbers(ctx context.Context, n int) error {
	if _, err := d.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS bench_number (n INT PRIMARY KEY)"); err != nil {
		return err
	}
	have, err := d.count(ctx, "SELECT COUNT(*) FROM bench_number")
	for ; have < n && err == nil; have += batchRows {
		args := make([]any, batchRows)
		for i := range args {
			args[i] = have + i
		}
		_, err = d.ExecContext(ctx, "INSERT INTO bench_number VALUES (?)"+strings.Repeat(",(?)", batchRows-1), args...)
	}
	return err
}

// settle waits until the server has written down most of what is only in its
// memory, so that the next measurement does not pay for the last.
func (d *database) settle(ctx context.Context) error {
	if _, err := d.server.ExecContext(ctx, "SET GLOBAL innodb_max_dirty_pages_pct = 0"); err != nil {
		return fmt.Errorf("asking the server to write: %w", err)
	}
	const patient = 5
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for least, inVain := math.MaxInt, 0; inVain < patient; inVain++ {
		<-look.C
		var name string
		var dirty int
		if err := d.server.QueryRowContext(ctx, "SHOW GLOBAL STATUS LIKE 'Innodb_buffer_pool_pages_dirty'").Scan(&name, &dirty); err != nil {
			return err
		}
		if dirty < least {
			least, inVain = dirty, 0
		}
	}
	_, err := d.server.ExecContext(ctx, "SET GLOBAL innodb_max_dirty_pages_pct = 90")
	return err
}
