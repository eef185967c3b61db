package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"syscall"

	sqlite "github.com/glebarez/go-sqlite"
	"github.com/go-sql-driver/mysql"
)

// Error numbers of MySQL and MariaDB.
const (
	mysqlAccessDeniedDB  = 1044
	mysqlAccessDenied    = 1045
	mysqlUnknownDatabase = 1049
	mysqlLockWait        = 1205
	mysqlDeadlock        = 1213
	mysqlReadOnly        = 1290
	mysqlShutdown        = 1053
	mysqlTooManyConns    = 1040
	mysqlNoSuchTable     = 1146
	mysqlUnknownColumn   = 1054
	mysqlUnknownIndex    = 1176
	mysqlHostBlocked     = 1129
	mysqlUserConns       = 1203
	mysqlUserLimit       = 1226
	mysqlQueryKilled     = 1317
	mysqlConnKilled      = 1927
	mysqlPacketTooLarge  = 1153
	mysqlDuplicate       = 1062
	mysqlOutOfRange      = 1264
	mysqlBadCharacter    = 1300
	mysqlBadString       = 1366
	mysqlTooLong         = 1406
	mysqlCannotConvert   = 3988
	mysqlMixOfTwo        = 1267
	mysqlMixOfThree      = 1270
	mysqlMixOfMore       = 1271
	mysqlCannotConvertTo = 3854
	mysqlTableExists     = 1050
	mysqlColumnExists    = 1060
	mysqlIndexExists     = 1061
	mysqlCommandDenied   = 1142
	mysqlColumnDenied    = 1143
	mysqlPrivilegeNeeded = 1227
)

// Result codes of SQLite; the upper bits of a code refine the lower eight.
const (
	sqliteError  = 1 // of the statement; the text says which
	sqliteBusy   = 5
	sqliteLocked = 6
	sqliteTooBig = 18
	sqliteUnique = 19 | 8<<8
	sqliteKey    = 19 | 6<<8
	sqliteMask   = 0xff
)

// Refused tells that the server answered, and will not let us in as we are
// configured: waiting does not help.
func Refused(err error) bool {
	return mysqlNumber(err, mysqlAccessDenied, mysqlAccessDeniedDB, mysqlUnknownDatabase)
}

// SchemaMissing tells that a table, a column, or an index that a statement names, is
// not there.
func SchemaMissing(err error) bool {
	if mysqlNumber(err, mysqlNoSuchTable, mysqlUnknownColumn, mysqlUnknownIndex) {
		return true
	}
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code() == sqliteError &&
		(strings.Contains(se.Error(), "no such table") || strings.Contains(se.Error(), "no such column") || strings.Contains(se.Error(), "no such index"))
}

// SchemaPresent tells that a table, column or index could not be made because it
// is there already. Only MySQL answers so; on SQLite a change is transactional.
func SchemaPresent(err error) bool {
	return mysqlNumber(err, mysqlTableExists, mysqlColumnExists, mysqlIndexExists)
}

// Denied tells that the server knows us, and that this user may not do this.
func Denied(err error) bool {
	return mysqlNumber(err, mysqlAccessDeniedDB, mysqlCommandDenied, mysqlColumnDenied, mysqlPrivilegeNeeded)
}

// Conflict tells that the transaction lost against another one and was, or must
// be, rolled back: a deadlock, a lock that was waited for too long, a busy SQLite.
// The whole transaction can be tried again.
func Conflict(err error) bool {
	if mysqlNumber(err, mysqlDeadlock, mysqlLockWait) {
		return true
	}
	var se *sqlite.Error
	return errors.As(err, &se) && (se.Code()&sqliteMask == sqliteBusy || se.Code()&sqliteMask == sqliteLocked)
}

// LockWait tells that another transaction held a row for longer than this session
// waits. Trying again at once would wait as long again.
func LockWait(err error) bool { return mysqlNumber(err, mysqlLockWait) }

// Duplicate tells that a row with this primary or unique key is there already.
func Duplicate(err error) bool {
	var se *sqlite.Error
	return mysqlNumber(err, mysqlDuplicate) || errors.As(err, &se) && (se.Code() == sqliteUnique || se.Code() == sqliteKey)
}

// BadValue tells that the server is there and will never take a value as it is:
// too long, of another character set, out of range.
func BadValue(err error) bool {
	if mysqlNumber(err, mysqlOutOfRange, mysqlBadString, mysqlTooLong, mysqlBadCharacter, mysqlCannotConvert, mysqlPacketTooLarge) ||
		errors.Is(err, mysql.ErrPktTooLarge) {
		return true
	}
	var se *sqlite.Error
	return errors.As(err, &se) && se.Code()&sqliteMask == sqliteTooBig
}

// Incomparable tells that a column was compared with texts that its character set does
// not have, so that no row can be equal: one of them, two, or more.
func Incomparable(err error) bool {
	return err != nil && // before anything is allocated: each claim asks
		mysqlNumber(err, mysqlMixOfTwo, mysqlMixOfThree, mysqlMixOfMore, mysqlCannotConvert, mysqlCannotConvertTo)
}

// Name names an error without repeating values, as the texts of servers may do.
func Name(err error) string {
	var me *mysql.MySQLError
	var se *sqlite.Error
	switch {
	case errors.As(err, &me):
		return fmt.Sprintf("error %d of the server", me.Number)
	case errors.As(err, &se):
		return fmt.Sprintf("error %d of SQLite", se.Code())
	}
	return fmt.Sprintf("%T", err)
}

// Away tells that the server could not be reached, or went away in between.
// What was sent last may or may not have taken effect.
func Away(err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	var ne net.Error
	return errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn) ||
		errors.Is(err, sql.ErrConnDone) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, context.DeadlineExceeded) || errors.As(err, &ne) || unsent(err) ||
		mysqlNumber(err, mysqlShutdown, mysqlTooManyConns, mysqlReadOnly, mysqlHostBlocked, mysqlUserConns, mysqlUserLimit, mysqlQueryKilled, mysqlConnKilled)
}

// unsent tells that a connection was gone before anything of a request was written.
// The driver keeps its error for that to itself: where a statement meets it, it says
// driver.ErrBadConn instead, but the opening of a connection hands it out. Only its
// text tells it.
func unsent(err error) bool {
	switch e := err.(type) { //nolint:errorlint // it is the walk itself: errors.Is needs the value, which nobody has
	case interface{ Unwrap() error }:
		return unsent(e.Unwrap())
	case interface{ Unwrap() []error }:
		return slices.ContainsFunc(e.Unwrap(), unsent)
	}
	return err != nil && err.Error() == "bad connection"
}

func mysqlNumber(err error, numbers ...uint16) bool {
	var me *mysql.MySQLError
	if !errors.As(err, &me) {
		return false
	}
	for _, n := range numbers {
		if me.Number == n {
			return true
		}
	}
	return false
}
