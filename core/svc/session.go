package svc

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"simplest_script/core/conf"
	"simplest_script/core/tool/sqldb"
)

const (
	dialTimeout  = 5 * time.Second
	writeTimeout = 30 * time.Second
)

// openOwn opens a pool of the daemon's own. Of the DSN it keeps how to reach the
// server and how to be let in; everything else is as the machine's statements
// need it.
func openOwn(dsn conf.Secret, r role) (*sqldb.DB, error) {
	c, err := parseDSN(dsn)
	if err != nil {
		return nil, err
	}
	c.Timeout, c.ReadTimeout, c.WriteTimeout = dialTimeout, r.read, writeTimeout
	c.ClientFoundRows = true
	c.RejectReadOnly = true // after a failover the pool must not stay with the old primary
	c.InterpolateParams = true
	c.Logger = &mysql.NopLogger{} // it would repeat on standard error what the caller is told
	c.MultiStatements, c.AllowAllFiles, c.ColumnsWithAlias = false, false, false
	c.ParseTime, c.Loc = false, time.UTC
	c.Params = map[string]string{
		"time_zone": "'+00:00'",
		"sql_mode":  "'STRICT_TRANS_TABLES,NO_ENGINE_SUBSTITUTION'",
	}
	maps.Copy(c.Params, r.session)
	if err := c.Apply(mysql.Charset("utf8mb4", "")); err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return &sqldb.DB{DB: sql.OpenDB(readCommitted{connector}), Dialect: sqldb.MySQL}, nil
}

// parseDSN keeps to itself what the driver says: it may repeat the password.
func parseDSN(dsn conf.Secret) (*mysql.Config, error) {
	c, err := mysql.ParseDSN(dsn.Reveal())
	switch {
	case err != nil && strings.HasPrefix(err.Error(), "invalid DSN: "):
		return nil, errors.New(err.Error()) // a fixed text
	case err != nil:
		return nil, errors.New("the DSN is not of the form user:password@tcp(host:port)/database?parameter=value")
	}
	return c, nil
}

// readCommitted puts each new session into READ COMMITTED. A variable in the DSN
// would not do: its name differs between servers.
type readCommitted struct{ driver.Connector }

// Connect implements driver.Connector.
func (r readCommitted) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	session, ok := conn.(driver.ExecerContext)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's connection %T takes no statement", conn), conn.Close())
	}
	if _, err := session.ExecContext(ctx, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED", nil); err != nil {
		return nil, errors.Join(fmt.Errorf("setting the isolation level: %w", err), conn.Close())
	}
	return conn, nil
}
