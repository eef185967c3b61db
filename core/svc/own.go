package svc

import (
	"cmp"
	"context"
	"time"

	"simplest_script/core/conf"
	"simplest_script/core/svc/embedded"
	"simplest_script/core/tool/sqldb"
)

// role is what one of the daemon's own pools is for.
type role struct {
	what    string
	conns   int               // at most, and kept when idle: a burst must not begin with handshakes
	read    time.Duration     // how long an answer may take; 0: for ever
	session map[string]string // variables of the session, in seconds
	idle    time.Duration     // after which a connection is given up; less than wait_timeout
}

// Own returns the pool with the daemon's own tables. Whatever the DSN says, its
// sessions are in UTC, READ COMMITTED, strict, and count the rows that a statement
// found, not those that it changed. Do not close it.
func (s *Services) Own(ctx context.Context) (*sqldb.DB, error) {
	return s.own(ctx, working("the daemon's own database"))
}

// Pushes returns a pool like that of Own for what handlers ask of the delay queue. A push
// may have to wait for a unique key that somebody's transaction has; many that do so take
// all connections, and must not keep the daemon from claiming jobs.
func (s *Services) Pushes(ctx context.Context) (*sqldb.DB, error) {
	return s.own(ctx, working("the daemon's own database for pushes"))
}

// working is the role of a pool that claims, records and pushes.
func working(what string) role {
	return role{what: what, conns: 16, read: 30 * time.Second, idle: 8 * time.Second,
		// A row that somebody holds must not hold up the work on others. And a process
		// that is halted within a transaction must not keep its rows for hours.
		session: map[string]string{"innodb_lock_wait_timeout": "1", "wait_timeout": "10"}}
}

// Beat returns a small pool on the database of Own, so that work which has
// taken all connections cannot keep the daemon from saying that it lives.
func (s *Services) Beat(ctx context.Context) (*sqldb.DB, error) {
	return s.own(ctx, role{what: "the daemon's own database for its beat", conns: 2, read: 5 * time.Second,
		session: map[string]string{"innodb_lock_wait_timeout": "3"}})
}

// Schema returns a pool on the database of Own for migrations. Its statements may
// take as long as rebuilding a large table takes. But while one waits for the lock
// of a table everybody else waits behind it, so that is given up soon.
func (s *Services) Schema(ctx context.Context) (*sqldb.DB, error) {
	return s.own(ctx, role{what: "the daemon's own database for its tables", conns: 4,
		session: map[string]string{"lock_wait_timeout": "30", "innodb_lock_wait_timeout": "30"}})
}

// own opens a pool. On SQLite its size is for the readers: writers wait for each
// other in any case.
func (s *Services) own(ctx context.Context, r role) (*sqldb.DB, error) {
	dsn, err := named("Mysql", s.cfg.Mysql, s.cfg.OwnMysql)
	if err != nil {
		return nil, err
	}
	return use(ctx, s, r.what, func(ctx context.Context) (*sqldb.DB, func() error, error) {
		var db *sqldb.DB
		if dsn == conf.Embedded {
			db, err = s.openSQLite(ctx)
		} else {
			db, err = openOwn(dsn, r)
		}
		if err != nil {
			return nil, nil, err
		}
		db.SetMaxOpenConns(r.conns)
		db.SetMaxIdleConns(r.conns)
		db.SetConnMaxIdleTime(cmp.Or(r.idle, time.Minute))
		db.SetConnMaxLifetime(5 * time.Minute)
		return pinged(ctx, db)
	})
}

// pinged makes sure that there is a server which lets us in.
func pinged(ctx context.Context, db *sqldb.DB) (*sqldb.DB, func() error, error) {
	if err := db.PingContext(ctx); err != nil {
		_ = db.Close() // nothing is open
		return nil, nil, err
	}
	return db, closing(db), nil
}

// closing closes a pool. To a server only a farewell is sent, and one that is away, or
// has ended the connection before, needs none.
func closing(db *sqldb.DB) func() error {
	return func() error {
		err := db.Close()
		if db.Dialect == sqldb.MySQL {
			return nil
		}
		return err
	}
}

// openSQLite opens the embedded database.
func (s *Services) openSQLite(ctx context.Context) (*sqldb.DB, error) {
	dir, err := s.embeddedDir()
	if err != nil {
		return nil, err
	}
	db, err := embedded.SQLite(ctx, dir)
	if err != nil {
		return nil, err
	}
	return &sqldb.DB{DB: db, Dialect: sqldb.SQLite}, nil
}
