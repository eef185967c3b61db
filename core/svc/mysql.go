package svc

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/glebarez/sqlite"
	"github.com/go-sql-driver/mysql"
	gormmysql "gorm.io/driver/mysql"
	"gorm.io/gorm"

	"simplest_script/core/conf"
	"simplest_script/core/tool/sqldb"
)

// How many connections a pool of the business has at most, and keeps when idle.
const (
	businessConns = 50
	businessIdle  = 10
)

// MySQL returns the MySQL connection of that name, with the parameters of its
// DSN; the embedded one is SQLite. The pool is shared: do not close it.
func (s *Services) MySQL(ctx context.Context, name string) (*gorm.DB, error) {
	dsn, err := named("Mysql", s.cfg.Mysql, name)
	if err != nil {
		return nil, err
	}
	return use(ctx, s, "MySQL "+name, func(ctx context.Context) (*gorm.DB, func() error, error) {
		db, dialector, err := s.openBusiness(ctx, dsn)
		if err != nil {
			return nil, nil, err
		}
		db.SetMaxOpenConns(businessConns)
		db.SetMaxIdleConns(businessIdle)
		db.SetConnMaxIdleTime(time.Minute)
		db.SetConnMaxLifetime(5 * time.Minute)
		if _, _, err := pinged(ctx, db); err != nil {
			return nil, nil, err
		}
		g, err := gorm.Open(dialector, &gorm.Config{Logger: slowLog{s.log}, DisableAutomaticPing: true})
		if err != nil {
			return nil, nil, errors.Join(err, db.Close())
		}
		return g, closing(db), nil
	})
}

// openBusiness opens a pool as the DSN describes it, and what gorm calls a
// dialector on top of it.
func (s *Services) openBusiness(ctx context.Context, dsn conf.Secret) (*sqldb.DB, gorm.Dialector, error) {
	if dsn == conf.Embedded {
		db, err := s.openSQLite(ctx)
		if err != nil {
			return nil, nil, err
		}
		return db, &sqlite.Dialector{Conn: db.DB}, nil
	}
	c, err := parseDSN(dsn)
	if err != nil {
		return nil, nil, err
	}
	c.Logger = &mysql.NopLogger{} // it would repeat on standard error what the caller is told
	if c.Timeout == 0 {           // else the operating system's: two minutes
		c.Timeout = dialTimeout
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, nil, err
	}
	db := &sqldb.DB{DB: sql.OpenDB(connector), Dialect: sqldb.MySQL}
	return db, gormmysql.New(gormmysql.Config{Conn: db.DB, DSNConfig: c}), nil
}
