package crontab

import (
	"time"

	"simplest_script/core/tool/sqldb"
)

// statementTimeout bounds one use of the database.
const statementTimeout = 10 * time.Second

// waitable tells an outage of the database from a fault that stays as it is.
func waitable(err error) bool {
	return !sqldb.Refused(err) && (sqldb.Away(err) || sqldb.Conflict(err))
}
