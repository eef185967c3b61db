package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/gofrs/flock"

	"simplest_script/core/tool/sqldb"
)

// lock lets one program at a time migrate a database; the others wait until ctx
// ends. The returned function ends the lock, and so does the death of the process.
func lock(ctx context.Context, db *sqldb.DB) (unlock func() error, err error) {
	if db.Dialect == sqldb.SQLite {
		unlock, err = lockFile(ctx, db)
	} else {
		unlock, err = lockServer(ctx, db)
	}
	if err != nil {
		return nil, fmt.Errorf("waiting for the lock of the migrations: %w", err)
	}
	return unlock, nil
}

// lockServer takes a lock of the session. Locks are named for the whole server,
// so the name has the database in it; it may have 64 characters.
func lockServer(ctx context.Context, db *sqldb.DB) (func() error, error) {
	const name = "CONCAT('script_schema.', LEFT(SHA2(DATABASE(), 256), 40))"
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for {
		var got sql.NullBool
		// Not for ever: the connection may have a limit for reading an answer.
		if err := conn.QueryRowContext(ctx, "SELECT GET_LOCK("+name+", 5)").Scan(&got); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
		if got.Bool {
			break
		}
	}
	return func() error {
		// A connection that went away has released the lock as well.
		_, err := conn.ExecContext(context.WithoutCancel(ctx), "DO RELEASE_LOCK("+name+")")
		if err != nil && sqldb.Away(err) {
			err = nil
		}
		return errors.Join(err, conn.Close())
	}, nil
}

// lockFile locks a file beside that of the database. A database in memory belongs
// to one process, and needs no lock.
func lockFile(ctx context.Context, db *sqldb.DB) (func() error, error) {
	var path string
	if err := db.QueryRowContext(ctx, "SELECT file FROM pragma_database_list WHERE name = 'main'").Scan(&path); err != nil {
		return nil, err
	}
	if path == "" {
		return func() error { return nil }, nil
	}
	file := flock.New(path + ".lock")
	if _, err := file.TryLockContext(ctx, 20*time.Millisecond); err != nil {
		return nil, err
	}
	return file.Unlock, nil
}
