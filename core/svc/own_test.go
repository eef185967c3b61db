package svc_test

import (
	"context"
	"database/sql"
	"errors"
	"net"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// variables reads how a session is set up, by names that all servers have.
func variables(t *testing.T, db *sql.Conn) map[string]string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "SHOW VARIABLES WHERE Variable_name IN ('time_zone', 'sql_mode',"+
		" 'character_set_client', 'character_set_connection', 'tx_isolation', 'transaction_isolation', 'lock_wait_timeout')")
	require.NoError(t, err)
	defer func() { require.NoError(t, rows.Close()) }()
	all := map[string]string{}
	for rows.Next() {
		var name, value string
		require.NoError(t, rows.Scan(&name, &value))
		if name == "tx_isolation" {
			name = "transaction_isolation"
		}
		all[name] = value
	}
	require.NoError(t, rows.Err())
	return all
}

// The DSN is the business's, with settings that would break the machine's statements.
func withParameters(t *testing.T) *conf.Config {
	t.Helper()
	cfg := dbtest.Config(t, sqldb.MySQL)
	cfg.Mysql[dbtest.Own] += "?charset=latin1&parseTime=true&loc=Asia%2FShanghai&multiStatements=true&time_zone=%27%2B08%3A00%27&sql_mode=ANSI"
	return cfg
}

func TestOwnSessionsAreSetUpWhateverTheDSNSays(t *testing.T) {
	s := dbtest.Services(t, withParameters(t))
	for name, open := range map[string]func(context.Context) (*sqldb.DB, error){"own": s.Own, "pushes": s.Pushes, "beat": s.Beat, "schema": s.Schema} {
		t.Run(name, func(t *testing.T) {
			db, err := open(t.Context())
			require.NoError(t, err)
			require.Equal(t, sqldb.MySQL, db.Dialect)
			for range 2 { // two connections, held at once
				conn, err := db.Conn(t.Context())
				require.NoError(t, err)
				defer func() { require.NoError(t, conn.Close()) }()
				got := variables(t, conn)
				require.Equal(t, "+00:00", got["time_zone"])
				require.Equal(t, "READ-COMMITTED", got["transaction_isolation"])
				require.Equal(t, "STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION", got["sql_mode"])
				require.Equal(t, "utf8mb4", got["character_set_client"])
				require.Equal(t, "utf8mb4", got["character_set_connection"])
				if name == "schema" {
					require.Equal(t, "30", got["lock_wait_timeout"])
				}
				_, err = conn.ExecContext(t.Context(), "SELECT 1; SELECT 2")
				require.ErrorContains(t, err, "1064", "two statements in one")
			}
		})
	}
}

func TestOwnCountsTheRowsItFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		_, err := db.ExecContext(t.Context(), "INSERT INTO delay_queue_log (name) VALUES ('same')")
		require.NoError(t, err)
		res, err := db.ExecContext(t.Context(), "UPDATE delay_queue_log SET name = 'same'")
		require.NoError(t, err)
		n, err := res.RowsAffected()
		require.NoError(t, err)
		require.Equal(t, int64(1), n)
	})
}

func TestOwnClockIsUTC(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		var seconds, micros int64
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT "+db.Dialect.NowSeconds()+", "+db.Dialect.NowMicros()).Scan(&seconds, &micros))
		require.InDelta(t, seconds, micros/1e6, 1)
	})
}

// A burst that has taken all connections must not look like a death.
func TestBeatHasConnectionsOfItsOwn(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		s := dbtest.Services(t, dbtest.Config(t, d))
		own, err := s.Own(t.Context())
		require.NoError(t, err)
		for range own.Stats().MaxOpenConnections {
			conn, err := own.Conn(t.Context())
			require.NoError(t, err)
			defer func() { require.NoError(t, conn.Close()) }()
		}
		beat, err := s.Beat(t.Context())
		require.NoError(t, err)
		require.NoError(t, beat.PingContext(t.Context()))
	})
}

func TestOwnIsSharedAndGoneAfterClose(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		s := dbtest.Services(t, dbtest.Config(t, d))
		first, err := s.Own(t.Context())
		require.NoError(t, err)
		second, err := s.Own(t.Context())
		require.NoError(t, err)
		require.Same(t, first, second)
		require.NoError(t, s.Close())
		require.Error(t, first.PingContext(t.Context()))
	})
}

func TestServerThatRefusesIsTriedAgain(t *testing.T) {
	cfg := dbtest.Config(t, sqldb.MySQL)
	good := cfg.Mysql[dbtest.Own]
	c, err := mysql.ParseDSN(good.Reveal())
	require.NoError(t, err)
	c.User, c.Passwd = "nobody", "top-secret"
	cfg.Mysql[dbtest.Own] = conf.Secret(c.FormatDSN())
	s := dbtest.Services(t, cfg)
	_, err = s.Own(t.Context())
	require.True(t, sqldb.Refused(err), "%v", err)
	require.NotContains(t, err.Error(), "top-secret")

	cfg.Mysql[dbtest.Own] = good
	_, err = s.Own(t.Context())
	require.NoError(t, err)
}

func TestServerThatIsAwayIsCalledAway(t *testing.T) {
	cfg := config(t)
	cfg.Mysql["DBConsole"] = "root:top-secret@tcp(127.0.0.1:1)/console"
	s := dbtest.Services(t, cfg)
	_, err := s.Own(t.Context())
	require.True(t, sqldb.Away(err), "%v", err)
	require.NotContains(t, err.Error(), "top-secret")
}

// deaf is a connection that can be read, and breaks when something is written for the
// n-th time.
type deaf struct {
	net.Conn
	writes, n int
}

func (d *deaf) Write(b []byte) (int, error) {
	if d.writes++; d.writes == d.n {
		return 0, errors.Join(syscall.EPIPE, d.Close())
	}
	return d.Conn.Write(b)
}

// A server that goes away between two steps of the opening of a connection is away, at
// whichever of them it does.
func TestServerThatGoesAwayWhileAConnectionIsOpenedIsCalledAway(t *testing.T) {
	cfg := dbtest.Config(t, sqldb.MySQL)
	c, err := mysql.ParseDSN(cfg.Mysql[dbtest.Own].Reveal())
	require.NoError(t, err)
	var n atomic.Int64
	c.Net = "deaf"
	mysql.RegisterDialContext(c.Net, func(ctx context.Context, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
		return &deaf{Conn: conn, n: int(n.Load())}, err
	})
	t.Cleanup(func() { mysql.DeregisterDialContext(c.Net) })
	cfg.Mysql[dbtest.Own] = conf.Secret(c.FormatDSN())
	s := dbtest.Services(t, cfg)
	for n.Store(1); ; n.Add(1) {
		_, err := s.Own(t.Context())
		if err == nil {
			break
		}
		require.True(t, sqldb.Away(err), "write %d: %v", n.Load(), err)
	}
	require.Greater(t, n.Load(), int64(3), "the answer to the greeting, and the settings of the session")
}

func TestDSNThatCannotBeReadIsNotRepeated(t *testing.T) {
	for _, dsn := range []conf.Secret{"root:top-secret@tcp(127.0.0.1:3306", "root:top-secret@tcp(h)/db?timeout=top-secret", "mysql://root:top-secret@h/db"} {
		cfg := config(t)
		cfg.Mysql = map[string]conf.Secret{"DBConsole": dsn}
		s := dbtest.Services(t, cfg)
		_, own := s.Own(t.Context())
		_, business := s.MySQL(t.Context(), "DBConsole")
		for _, err := range []error{own, business} {
			require.Error(t, err)
			require.NotContains(t, err.Error(), "top-secret")
		}
	}
}
