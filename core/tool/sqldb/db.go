// Package sqldb is a connection pool with the little that database/sql leaves
// open: which dialect it speaks, what an error means for the caller, and how a
// transaction is tried again.
package sqldb

import "database/sql"

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

// NowMillis is the SQL expression for the server's clock as Unix milliseconds,
// rounded down. On MySQL it is read correctly only where the session's time zone
// has no daylight saving; the daemon's own connections use UTC.
func (d Dialect) NowMillis() string {
	if d == SQLite {
		return "CAST(unixepoch('subsec') * 1000 AS INTEGER)"
	}
	return "CAST(FLOOR(UNIX_TIMESTAMP(NOW(3)) * 1000) AS UNSIGNED)"
}

// Now is the SQL expression for the server's clock as the value of a timestamp column.
func (d Dialect) Now() string {
	if d == SQLite {
		return "datetime('now')"
	}
	return "NOW()"
}
