package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// Pause implements Store.
func (s *Store) Pause(ctx context.Context, kind, reason string) error {
	reason = delayqueue.Cut(reason, maxReason)
	_, err := s.db.ExecContext(ctx, "REPLACE INTO script_delay_pause (exec_cmd, reason, created_at) VALUES (?, ?, "+s.db.Dialect.NowMillis()+")", kind, reason)
	if err != nil {
		return fmt.Errorf("pausing %s: %w", kind, err)
	}
	return nil
}

// Resume implements Store.
func (s *Store) Resume(ctx context.Context, kind string) (bool, error) {
	n, err := changed(s.db.ExecContext(ctx, "DELETE FROM script_delay_pause WHERE exec_cmd = ?", kind))
	if err != nil {
		return false, fmt.Errorf("resuming %s: %w", kind, err)
	}
	return n > 0, nil
}

// Pauses implements Store.
func (s *Store) Pauses(ctx context.Context) ([]delayqueue.Paused, error) {
	paused, err := sqldb.Collect(func(rows *sql.Rows) (p delayqueue.Paused, err error) {
		err = rows.Scan(&p.Kind, &p.Reason, &p.Since)
		return p, err
	})(s.db.QueryContext(ctx, "SELECT exec_cmd, reason, created_at FROM script_delay_pause ORDER BY exec_cmd"))
	if err != nil {
		return nil, fmt.Errorf("reading which kinds are paused: %w", err)
	}
	return paused, nil
}

// maxReason is what the column reason holds, in characters.
const maxReason = 255
