// Package sqldb is a connection pool with the little that database/sql leaves
// open: which dialect it speaks, what an error means for the caller, and how a
// transaction is tried again.
package sqldb

import (
	"database/sql"
	"strings"
)

// Dialect is a family of SQL servers.
type Dialect string

// The dialects that the machine's statements are written for.
const (
	MySQL  Dialect = "mysql" // MySQL 5.7 to 9, MariaDB, and what speaks their protocol
	SQLite Dialect = "sqlite"
)

// DB is a pool together with the dialect of its server.
type DB struct {
	*sql.DB
	Dialect Dialect
}

// NowMicros is the SQL expression for the server's clock as Unix microseconds,
// rounded down to what the server can tell. It is the same in every time zone: only
// the seconds, which need none, come from UNIX_TIMESTAMP.
func (d Dialect) NowMicros() string {
	if d == SQLite {
		return "(CAST(unixepoch('subsec') * 1000 AS INTEGER) * 1000)"
	}
	return "(UNIX_TIMESTAMP() * 1000000 + MICROSECOND(NOW(6)))"
}

// NowMillis is the SQL expression for the server's clock as Unix milliseconds,
// rounded down.
func (d Dialect) NowMillis() string {
	if d == SQLite {
		return "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
	}
	return "(UNIX_TIMESTAMP() * 1000 + MICROSECOND(NOW(6)) DIV 1000)"
}

// NowSeconds is the SQL expression for the server's clock as Unix seconds, rounded down.
func (d Dialect) NowSeconds() string {
	if d == SQLite {
		return "unixepoch()"
	}
	return "UNIX_TIMESTAMP()"
}

// Now is the SQL expression for the server's clock as the value of a timestamp column.
func (d Dialect) Now() string {
	if d == SQLite {
		return "datetime('now')"
	}
	return "NOW()"
}

// Exactly is the SQL condition that column equals the placeholder byte by byte,
// whatever its collation holds to be equal.
func (d Dialect) Exactly(column string) string {
	if d == SQLite {
		return column + " = ?"
	}
	return "CAST(" + column + " AS BINARY) = CAST(? AS BINARY)"
}

// UseIndex is what follows the name of a table so that the statement uses the
// given index whatever the statistics say.
func (d Dialect) UseIndex(index string) string {
	if d == SQLite {
		return "INDEXED BY " + index
	}
	return "FORCE INDEX (" + index + ")"
}

// JoinInOrder is a join whose left side is read first, whatever the statistics say.
func (d Dialect) JoinInOrder() string {
	if d == SQLite {
		return "CROSS JOIN"
	}
	return "STRAIGHT_JOIN"
}

// ForUpdate is the end of a SELECT that locks what it finds until its transaction ends.
// SQLite needs none: a transaction that writes is alone from its begin.
func (d Dialect) ForUpdate() string {
	if d == SQLite {
		return ""
	}
	return " FOR UPDATE"
}

// Placeholders returns n question marks, separated by commas.
func Placeholders(n int) string {
	if n == 0 {
		return ""
	}
	return strings.Repeat("?,", n-1) + "?"
}
