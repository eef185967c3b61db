package sqlstore

import (
	"context"
	"slices"

	"simplest_script/core/tool/sqldb"
)

// comparable returns those of the kinds that the column exec_cmd can be compared with.
// Every character set has the letters of ASCII, so that few are asked about.
func (s *Store) comparable(ctx context.Context, kinds []string) (able []string, err error) {
	for _, kind := range kinds {
		if slices.ContainsFunc([]byte(kind), func(b byte) bool { return b >= 0x80 }) {
			_, err := sqldb.Column[uint64](s.db.QueryContext(ctx, "SELECT id FROM delay_queue_log WHERE 1 = 0 AND exec_cmd = ?", kind))
			if sqldb.Incomparable(err) {
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
