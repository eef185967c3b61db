package embedded

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "github.com/glebarez/go-sqlite" // the driver "sqlite"
	"github.com/gofrs/flock"
)

// SQLiteFile is the name of the database's file in the folder of the data.
const SQLiteFile = "embedded.db"

// SQLite opens the embedded database of the folder, and creates it if need be. Any
// number of processes may have it open at once.
//
// With a write-ahead log, readers do not wait for the writer. There is one writer
// at a time; the others wait for it. Transactions are immediate, because one that
// reads first and then writes fails at once, waiting or not, if another has
// written in between. A killed process loses nothing that it committed, a power
// cut may lose the newest commits.
func SQLite(ctx context.Context, dir string) (*sql.DB, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of the embedded database: %w", err)
	}
	path := (&url.URL{Scheme: "file", Path: filepath.ToSlash(filepath.Join(dir, SQLiteFile))}).String()
	settings := url.Values{
		"_pragma": {"busy_timeout(10000)", "synchronous(NORMAL)", "foreign_keys(0)"},
		"_txlock": {"immediate"},
	}
	db, err := sql.Open("sqlite", path+"?"+settings.Encode())
	if err != nil {
		return nil, err
	}
	if err := logAhead(ctx, dir, db); err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", filepath.Join(dir, SQLiteFile), err), db.Close())
	}
	return db, nil
}

// logAhead gives the file its write-ahead log, which it then keeps. A file that is
// in use while it gets one is "locked" without any waiting, therefore one process
// does it at a time.
func logAhead(ctx context.Context, dir string, db *sql.DB) (err error) {
	lock := flock.New(filepath.Join(dir, "sqlite.lock"))
	if _, err := lock.TryLockContext(ctx, pause); err != nil {
		return fmt.Errorf("locking %s: %w", lock.Path(), err)
	}
	defer func() { err = errors.Join(err, lock.Unlock()) }()
	_, err = db.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	return err
}
