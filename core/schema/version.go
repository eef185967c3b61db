package schema

import (
	"context"
	"database/sql"
	"fmt"

	"simplest_script/core/tool/sqldb"
)

// versionTable is the statement that creates the table of s, as goose reads it.
func (s set) versionTable(d sqldb.Dialect) string {
	if d == sqldb.SQLite {
		return "CREATE TABLE IF NOT EXISTS " + s.table() + ` (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  version_id INTEGER NOT NULL,
  is_applied INTEGER NOT NULL,
  tstamp TIMESTAMP DEFAULT (datetime('now'))
)`
	}
	return "CREATE TABLE IF NOT EXISTS " + s.table() + ` (
  id bigint unsigned NOT NULL AUTO_INCREMENT,
  version_id bigint NOT NULL,
  is_applied boolean NOT NULL,
  tstamp datetime NULL DEFAULT CURRENT_TIMESTAMP,
  PRIMARY KEY (id)
) ENGINE=InnoDB`
}

// note is the statement by which goose remembers a version. Version 0 stands for
// the table itself.
func (s set) note(version int64) string {
	return fmt.Sprintf("INSERT INTO %s (version_id, is_applied) VALUES (%d, 1)", s.table(), version)
}

// prepare creates the table of s with its version 0. goose would do so itself,
// but takes a lack of rights for an accident and tries three times more.
func (s set) prepare(ctx context.Context, db *sqldb.DB) error {
	if _, err := db.ExecContext(ctx, s.versionTable(db.Dialect)); err != nil {
		return fmt.Errorf("creating the table %s: %w", s.table(), err)
	}
	applied, err := s.applied(ctx, db)
	if err != nil || applied[0] {
		return err
	}
	if _, err := db.ExecContext(ctx, s.note(0)); err != nil {
		return fmt.Errorf("writing to the table %s: %w", s.table(), err)
	}
	return nil
}

// applied returns the versions that the database has seen; none where there is no
// table of versions yet.
func (s set) applied(ctx context.Context, db *sqldb.DB) (map[int64]bool, error) {
	type row struct {
		version int64
		applied bool
	}
	rows, err := sqldb.Collect(func(rows *sql.Rows) (r row, err error) {
		err = rows.Scan(&r.version, &r.applied)
		return r, err
	})(db.QueryContext(ctx, "SELECT version_id, is_applied FROM "+s.table()+" ORDER BY id"))
	if err != nil && !sqldb.SchemaMissing(err) {
		return nil, fmt.Errorf("reading the table %s: %w", s.table(), err)
	}
	applied := map[int64]bool{}
	for _, r := range rows {
		applied[r.version] = r.applied
	}
	return applied, nil
}

// pending returns what the database has not seen of s.
func (s set) pending(ctx context.Context, db *sqldb.DB) ([]Migration, error) {
	applied, err := s.applied(ctx, db)
	if err != nil {
		return nil, err
	}
	var pending []Migration
	for _, m := range s.migrations {
		if !applied[m.Version] {
			pending = append(pending, m)
		}
	}
	return pending, nil
}

// Status returns the migrations that the database lacks, in the order in which
// they are to be applied. It only reads.
func Status(ctx context.Context, db *sqldb.DB, modules ...Module) ([]Migration, error) {
	sets, err := collect(db.Dialect, modules)
	if err != nil {
		return nil, err
	}
	var pending []Migration
	for _, s := range sets {
		p, err := s.pending(ctx, db)
		if err != nil {
			return nil, err
		}
		pending = append(pending, p...)
	}
	return pending, nil
}
