package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pressly/goose/v3"

	"simplest_script/core/tool/sqldb"
)

// Migrate applies what the database lacks; where it lacks nothing it only reads.
// Several programs may call it at once: one works, the others wait. After an
// error, or a crash, it can be called again.
func Migrate(ctx context.Context, db *sqldb.DB, modules ...Module) error {
	return MigrateShowing(ctx, db, func(Migration) {}, modules...)
}

// MigrateShowing is Migrate, and calls show before each step.
func MigrateShowing(ctx context.Context, db *sqldb.DB, show func(Migration), modules ...Module) (err error) {
	pending, err := Status(ctx, db, modules...)
	if err != nil || len(pending) == 0 {
		return err
	}
	// One connection holds the lock, one is goose's, one runs the statement.
	if most := db.Stats().MaxOpenConnections; most == 1 || most == 2 {
		return fmt.Errorf("migrating needs 3 connections, the pool is limited to %d", most)
	}
	unlock, err := lock(ctx, db)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	sets, err := collect(db.Dialect, modules)
	if err != nil {
		return err
	}
	for _, s := range sets {
		if err := s.apply(ctx, db, show); err != nil {
			return advise(err)
		}
	}
	return nil
}

// advise adds what to do about a lack of rights.
func advise(err error) error {
	if sqldb.Denied(err) {
		return fmt.Errorf("the database user may not change tables (let somebody who may run the output of \"migrate --sql\"): %w", err)
	}
	return err
}

// apply runs what is pending of s through goose.
func (s set) apply(ctx context.Context, db *sqldb.DB, show func(Migration)) error {
	pending, err := s.pending(ctx, db)
	if err != nil || len(pending) == 0 {
		return err
	}
	if err := s.prepare(ctx, db); err != nil {
		return err
	}
	steps := make([]*goose.Migration, len(s.migrations))
	for i, m := range s.migrations {
		steps[i] = goose.NewGoMigration(m.Version, m.step(db, show), nil)
	}
	dialect := goose.DialectMySQL
	if db.Dialect == sqldb.SQLite {
		dialect = goose.DialectSQLite3
	}
	provider, err := goose.NewProvider(dialect, db.DB, nil, goose.WithGoMigrations(steps...), goose.WithTableName(s.table()),
		goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true))
	if err != nil {
		return fmt.Errorf("preparing migrations: %w", err)
	}
	_, err = provider.Up(ctx)
	var failed *goose.PartialError
	if errors.As(err, &failed) {
		i := slices.IndexFunc(s.migrations, func(m Migration) bool { return m.Version == failed.Failed.Source.Version })
		return fmt.Errorf("migration %s: %w", s.migrations[i], failed.Err)
	}
	return err
}

// step is m as goose runs it: in a transaction with the note of it on SQLite,
// repeatable on MySQL.
func (m Migration) step(db *sqldb.DB, show func(Migration)) *goose.GoFunc {
	if db.Dialect == sqldb.SQLite {
		return &goose.GoFunc{RunTx: func(ctx context.Context, tx *sql.Tx) error {
			show(m)
			_, err := tx.ExecContext(ctx, m.Statement)
			return err
		}}
	}
	return &goose.GoFunc{RunDB: func(ctx context.Context, _ *sql.DB) error {
		show(m)
		return m.run(ctx, db)
	}}
}

func (m Migration) run(ctx context.Context, db *sqldb.DB) error {
	if m.chunk > 0 {
		return inChunks(ctx, db, fmt.Sprintf("%s LIMIT %d", m.Statement, m.chunk))
	}
	_, err := db.ExecContext(ctx, m.Statement)
	if err != nil && sqldb.SchemaPresent(err) {
		return m.complete(ctx, db, err)
	}
	return err
}

// inChunks runs a statement until it changes no row: each time is a transaction
// of its own, so that no row is locked for long.
func inChunks(ctx context.Context, db *sqldb.DB, statement string, args ...any) error {
	for {
		res, err := db.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n == 0 {
			return err
		}
	}
}

var (
	alterTable = lazily("(?im)^ALTER TABLE\\s+`?(\\w+)`?")
	addColumn  = lazily("(?i)ADD COLUMN\\s+`?(\\w+)`?")
)

// complete tells whether a statement that the server refused because something is
// there already was carried out by an earlier run. One statement is all or
// nothing, so this can only be otherwise where somebody else changed the table.
func (m Migration) complete(ctx context.Context, db *sqldb.DB, refusal error) error {
	table := alterTable().FindStringSubmatch(m.Statement)
	var columns []string
	for _, found := range addColumn().FindAllStringSubmatch(m.Statement, -1) {
		columns = append(columns, "`"+found[1]+"`")
	}
	if table == nil || len(columns) < 2 {
		return nil
	}
	_, err := db.ExecContext(ctx, "SELECT "+strings.Join(columns, ", ")+" FROM `"+table[1]+"` LIMIT 0")
	if err != nil && sqldb.SchemaMissing(err) {
		return fmt.Errorf("the table %s has some of the new columns and lacks others; add those by hand, as the migration has them: %w: %w", table[1], refusal, err)
	}
	return err
}
