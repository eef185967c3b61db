package schema

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"simplest_script/core/tool/sqldb"
)

// costs tells what a statement does to a table with rows in it, as the manual of
// the server's version has it. On SQLite, which has only the data of a developer,
// it says nothing.
type costs struct {
	db     *sqldb.DB
	server server
}

// server is the kind and version of a server.
type server struct {
	text    string // as it says itself
	mariadb bool
	version [3]int
}

var versionNumber = lazily(`(\d+)\.(\d+)\.(\d+)`)

func newCosts(ctx context.Context, db *sqldb.DB) (*costs, error) {
	c := &costs{db: db}
	if db.Dialect == sqldb.SQLite {
		return c, nil
	}
	if err := db.QueryRowContext(ctx, "SELECT VERSION()").Scan(&c.server.text); err != nil {
		return nil, fmt.Errorf("reading the server's version: %w", err)
	}
	c.server = parseServer(c.server.text)
	return c, nil
}

func parseServer(text string) server {
	s := server{text: text, mariadb: strings.Contains(text, "MariaDB")}
	// Behind some proxies MariaDB calls itself 5.5.5-10.11.6-MariaDB.
	for i, n := range versionNumber().FindStringSubmatch(strings.TrimPrefix(text, "5.5.5-")) {
		if i > 0 {
			s.version[i-1], _ = strconv.Atoi(n) // digits
		}
	}
	return s
}

func (s server) atLeast(version ...int) bool {
	for i, n := range version {
		if s.version[i] != n {
			return s.version[i] > n
		}
	}
	return true
}

// addsInstantly tells whether a column at the end of a table costs no look at its rows.
func (s server) addsInstantly() bool {
	if s.mariadb {
		return s.atLeast(10, 3, 2)
	}
	return s.atLeast(8, 0, 12)
}

// table is what decides on the cost of changing a table.
type table struct {
	name       string
	rows       int64 // an estimate
	compressed bool
	fulltext   bool
}

var (
	touches   = lazily("(?im)^(?:ALTER TABLE|CREATE (?:UNIQUE )?INDEX \\S+ ON|UPDATE|DELETE FROM)\\s+`?(\\w+)`?")
	changes   = lazily(`(?i)\b(ADD|DROP|MODIFY|CHANGE|ALTER|RENAME|CONVERT|ENGINE|ORDER|FORCE)\s+(?:UNIQUE\s+)?(\w+)`)
	changing  = lazily(`(?im)^(UPDATE|DELETE)\b`)
	quoted    = lazily(`'[^']*'`)
	makeIndex = lazily(`(?im)^CREATE (UNIQUE )?INDEX\b`)
)

// of returns the cost of m, such as "rebuilds delay_queue_log (about 3.2M rows) …".
func (c *costs) of(ctx context.Context, m Migration) (string, error) {
	found := touches().FindStringSubmatch(m.Statement)
	if found == nil || c.db.Dialect == sqldb.SQLite {
		return "", nil
	}
	t, err := c.look(ctx, found[1])
	if err != nil || t.rows == 0 {
		return "", err
	}
	return c.server.cost(m, t), nil
}

func (s server) cost(m Migration, t table) string {
	where := fmt.Sprintf("%s (about %s rows)", t.name, approximate(t.rows))
	switch {
	case changing().MatchString(m.Statement):
		if m.chunk > 0 {
			return fmt.Sprintf("changes rows of %s, %d at a time", where, m.chunk)
		}
		return "changes rows of " + where + " in one transaction"
	case makeIndex().MatchString(m.Statement) || only(m.Statement, "INDEX", "KEY"):
		return "reads all of " + where + " to build an index; reads and writes go on meanwhile"
	case !only(m.Statement, "COLUMN"):
		return "may rebuild " + where + ", and may block writes meanwhile: look it up for this server, " + s.text
	case s.addsInstantly() && !t.compressed && !t.fulltext:
		return "changes only the description of " + where + ": instant on this server, " + s.text
	}
	return "rebuilds " + where + " and needs as much disk space again; reads and writes go on meanwhile, slower"
}

// only tells whether all that an ALTER TABLE does is to add things of these kinds.
func only(statement string, kinds ...string) bool {
	statement = quoted().ReplaceAllString(alterTable().ReplaceAllString(statement, ""), "")
	clauses := changes().FindAllStringSubmatch(statement, -1)
	for _, clause := range clauses {
		if !strings.EqualFold(clause[1], "ADD") || !slices.Contains(kinds, strings.ToUpper(clause[2])) {
			return false
		}
	}
	return len(clauses) > 0
}

// look reads what decides on the cost of changing the table. The server's own
// estimate of rows can be a day old, so at least a few thousand are counted.
func (c *costs) look(ctx context.Context, name string) (table, error) {
	t := table{name: name}
	var rows sql.NullInt64
	var format sql.NullString
	err := c.db.QueryRowContext(ctx, "SELECT TABLE_ROWS, ROW_FORMAT FROM information_schema.TABLES"+
		" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?", name).Scan(&rows, &format)
	if errors.Is(err, sql.ErrNoRows) {
		return t, nil
	}
	if err != nil {
		return t, err
	}
	t.compressed = strings.EqualFold(format.String, "Compressed")
	if err := c.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM `"+name+"` LIMIT 5000) few").Scan(&t.rows); err != nil {
		return t, err
	}
	t.rows = max(t.rows, rows.Int64)
	var fulltext int
	err = c.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM information_schema.STATISTICS"+
		" WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND INDEX_TYPE = 'FULLTEXT'", name).Scan(&fulltext)
	t.fulltext = fulltext > 0
	return t, err
}

// approximate writes a number as people say it: 950, 12k, 3.2M.
func approximate(n int64) string {
	switch {
	case n < 10_000:
		return strconv.FormatInt(n, 10)
	case n < 1_000_000:
		return fmt.Sprintf("%dk", (n+500)/1000)
	}
	return fmt.Sprintf("%.1fM", float64(n)/1e6)
}
