package schema

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/pressly/goose/v3"

	"simplest_script/core/tool/sqldb"
)

//go:embed mysql/*.sql sqlite/*.sql
var files embed.FS

// Module is a module's own migrations: for each dialect a folder of files such as
// 00001_invoice.sql. They are run after those of the machine.
type Module struct {
	Name          string // lower-case letters, digits and underscores
	MySQL, SQLite fs.FS
}

// Migration is one step.
type Migration struct {
	Module    string // empty for the machine's own
	Version   int64  // counts from 1 within the module
	File      string // without its folder
	Statement string // one statement on MySQL, any number on SQLite; comments may precede

	// chunk is how many rows the statement may change at a time; 0: all. It is then
	// repeated until no row is left.
	chunk int
}

// String names the step for people.
func (m Migration) String() string {
	if m.Module == "" {
		return m.File
	}
	return m.Module + "/" + m.File
}

// set is the migrations of the machine, or of one module.
type set struct {
	module     string
	migrations []Migration // by version
}

// table is where goose keeps what has been applied.
func (s set) table() string {
	if s.module == "" {
		return "script_schema_version"
	}
	return "script_schema_version_" + s.module
}

// collect reads the machine's migrations and those of the modules, in the order
// in which they are applied.
func collect(d sqldb.Dialect, modules []Module) ([]set, error) {
	mysql, err := fs.Sub(files, "mysql")
	if err != nil {
		return nil, err
	}
	sqlite, err := fs.Sub(files, "sqlite")
	if err != nil {
		return nil, err
	}
	own := Module{MySQL: mysql, SQLite: sqlite}
	var sets []set
	var problems []error
	for _, m := range append([]Module{own}, modules...) {
		migrations, err := m.read(d)
		if err != nil {
			problems = append(problems, err)
		} else if len(migrations) > 0 {
			sets = append(sets, set{m.Name, migrations})
		}
	}
	return sets, errors.Join(problems...)
}

// moduleName keeps the name of a version table plain, and within 64 characters.
var moduleName = lazily(`^[a-z0-9_]{0,40}$`)

func (m Module) read(d sqldb.Dialect) ([]Migration, error) {
	fsys, other := m.MySQL, m.SQLite
	if d == sqldb.SQLite {
		fsys, other = other, fsys
	}
	switch {
	case fsys == nil && other == nil:
		return nil, nil
	case fsys == nil:
		return nil, fmt.Errorf("module %s has no migrations for %s", m.Name, d)
	case !moduleName().MatchString(m.Name):
		return nil, fmt.Errorf("module %q has tables: its name must be at most 40 lower-case letters, digits and underscores", m.Name)
	}
	migrations, err := read(fsys, m.Name)
	if err != nil {
		return nil, fmt.Errorf("migrations of module %q for %s: %w", m.Name, d, err)
	}
	return migrations, nil
}

func read(fsys fs.FS, module string) ([]Migration, error) {
	names, err := fs.Glob(fsys, "*.sql")
	if err != nil {
		return nil, err
	}
	var migrations []Migration
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("%s: the name must begin with a version number and an underscore: %w", name, err)
		}
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, err
		}
		m := Migration{Module: module, Version: version, File: name}
		if err := m.parse(string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		migrations = append(migrations, m)
	}
	slices.SortFunc(migrations, func(a, b Migration) int { return int(a.Version - b.Version) })
	for i := 1; i < len(migrations); i++ {
		if migrations[i].Version == migrations[i-1].Version {
			return nil, fmt.Errorf("%s and %s have the same version", migrations[i-1].File, migrations[i].File)
		}
	}
	return migrations, nil
}

// What a comment can ask for, besides the annotations of goose.
var chunks = lazily(`(?m)^-- \+script chunks of (\d+)\n`)

// parse takes what stands between goose's annotations Up and Down.
func (m *Migration) parse(text string) error {
	_, up, found := strings.Cut(strings.ReplaceAll(text, "\r\n", "\n"), "-- +goose Up\n")
	if !found {
		return errors.New(`there is no line "-- +goose Up"`)
	}
	up, _, _ = strings.Cut(up, "-- +goose Down")
	for _, mark := range []string{"-- +goose StatementBegin\n", "-- +goose StatementEnd\n", "-- +goose NO TRANSACTION\n"} {
		up = strings.ReplaceAll(up, mark, "")
	}
	if found := chunks().FindStringSubmatch(up); found != nil {
		n, err := strconv.Atoi(found[1])
		if err != nil || n == 0 {
			return fmt.Errorf("chunks of %s is not a number of rows", found[1])
		}
		m.chunk = n
		up = chunks().ReplaceAllString(up, "")
	}
	m.Statement = strings.TrimSuffix(strings.TrimSpace(up), ";")
	if m.Statement == "" {
		return errors.New(`there is no statement after "-- +goose Up"`)
	}
	return nil
}
