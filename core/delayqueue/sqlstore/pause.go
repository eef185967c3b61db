package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
	"simplest_script/core/tool/text"
)

// Pause implements Store.
func (s *Store) Pause(ctx context.Context, kind, reason string) error {
	reason = text.Cut(reason, maxReason)
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

// kindsPerQuestion is how many kinds one statement compares. SQLite takes 500 at most.
const kindsPerQuestion = 200

// asKind selects a name that is compared by the rules of the column exec_cmd: those of
// a column are stronger than those of a text.
const asKind = "SELECT IFNULL((SELECT exec_cmd FROM delay_queue_log WHERE 1 = 0), ?) AS kind"

// PausedOf implements Store. The kinds are compared by the rules of the column that
// claims ask, which an original installation may have made. Most of the time nothing is
// paused, and nothing compared.
func (s *Store) PausedOf(ctx context.Context, kinds []string) (paused []string, err error) {
	pauses, err := s.Pauses(ctx)
	if err != nil || len(pauses) == 0 {
		return nil, err
	}
	names := make([]string, len(pauses))
	for i, p := range pauses {
		names[i] = p.Kind
	}
	for chunk := range slices.Chunk(kinds, kindsPerQuestion) {
		query := "SELECT kind FROM (" + asKind + strings.Repeat(" UNION ALL "+asKind, len(chunk)-1) + ") kinds WHERE kind IN (" + sqldb.Placeholders(len(names)) + ")"
		same, err := sqldb.Column[string](s.db.QueryContext(ctx, query, texts(slices.Concat(chunk, names))...))
		switch {
		case err == nil:
			paused = append(paused, same...)
		case ctx.Err() != nil || sqldb.Away(err) || sqldb.Conflict(err):
			return nil, fmt.Errorf("asking which of %d kinds are paused: %w", len(chunk), err)
		default:
			paused = append(paused, alike(chunk, names)...)
		}
	}
	return paused, nil
}

// alike returns the kinds that are among names but for upper and lower case. A column
// with an old character set is compared with no text that it cannot hold: the server
// refuses all of the question then, and the pauses of other kinds must hold all the same.
func alike(kinds, names []string) (same []string) {
	for _, kind := range kinds {
		if slices.ContainsFunc(names, func(name string) bool { return strings.EqualFold(strings.TrimRight(name, " "), kind) }) {
			same = append(same, kind)
		}
	}
	return same
}

// maxReason is what the column reason holds, in characters.
const maxReason = 255
