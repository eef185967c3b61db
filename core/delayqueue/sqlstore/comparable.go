package sqlstore

import (
	"context"
	"errors"
	"slices"

	"github.com/go-sql-driver/mysql"

	"simplest_script/core/tool/sqldb"
)

// What a server answers where a column is to be compared with texts that its character
// set does not have: two of them, three, or more; and MySQL for a single one.
const (
	mixOfTwo      = 1267
	mixOfThree    = 1270
	mixOfMore     = 1271
	cannotConvert = 3988
)

// incomparable tells that a column was compared with a text that it can never hold.
func incomparable(err error) bool {
	if err == nil { // before anything is allocated: each claim asks
		return false
	}
	var refusal *mysql.MySQLError
	return errors.As(err, &refusal) && slices.Contains([]uint16{mixOfTwo, mixOfThree, mixOfMore, cannotConvert}, refusal.Number)
}

// comparable returns those of the kinds that the column exec_cmd can be compared with.
// Every character set has the letters of ASCII, so that few are asked about.
func (s *Store) comparable(ctx context.Context, kinds []string) (able []string, err error) {
	for _, kind := range kinds {
		if slices.ContainsFunc([]byte(kind), func(b byte) bool { return b >= 0x80 }) {
			_, err := sqldb.Column[uint64](s.db.QueryContext(ctx, "SELECT id FROM delay_queue_log WHERE 1 = 0 AND exec_cmd = ?", kind))
			if incomparable(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
		}
		able = append(able, kind)
	}
	return able, nil
}
