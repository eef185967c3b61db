package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// Rescue implements Store. It is a standing look at "running, and the owner does
// not live", not an act at the moment of the verdict: the claim of a dead daemon
// can still be committed after that, when the lock it waited for is given free.
//
// Running rows without any owner are those of the original program; they are
// only counted, by Ownerless, until a person decides.
func (s *Store) Rescue(ctx context.Context, poison, limit int) (delayqueue.Rescued, error) {
	owners, err := s.orphans(ctx, limit)
	if err != nil {
		return delayqueue.Rescued{}, fmt.Errorf("looking for jobs of dead daemons: %w", err)
	}
	var sum delayqueue.Rescued
	var problems []error
	for _, owner := range slices.Sorted(maps.Keys(owners)) {
		_, err := s.pastLocks(ctx, owners[owner], func(ids []uint64) error {
			r, err := s.rescue(ctx, owner, ids, poison)
			sum.Waiting += r.Waiting
			sum.Quarantined += r.Quarantined
			return err
		})
		if err != nil { // the jobs of other daemons must not wait for it
			problems = append(problems, fmt.Errorf("rescuing %d jobs of daemon %s: %w", len(owners[owner]), owner, err))
		}
	}
	return sum, errors.Join(problems...)
}

func (s *Store) orphans(ctx context.Context, limit int) (map[string][]uint64, error) {
	type orphan struct {
		id    uint64
		owner string
	}
	rows, err := sqldb.Collect(func(rows *sql.Rows) (o orphan, err error) {
		err = rows.Scan(&o.id, &o.owner)
		return o, err
	})(s.db.QueryContext(ctx, "SELECT j.id, j.owner FROM delay_queue_log j"+
		" LEFT JOIN script_daemon d ON d.id = j.owner AND d.dead = 0"+
		" WHERE j.status = 2 AND j.owner <> '' AND d.id IS NULL ORDER BY j.id LIMIT ?", limit))
	out := map[string][]uint64{}
	for _, o := range rows {
		out[o.owner] = append(out[o.owner], o.id)
	}
	return out, err
}

// rescue frees rows of one dead owner. start_time is set while a row is running
// only by MarkStarted: such a row was certainly being worked on when its daemon
// died, which is an attempt, and a mark against it. The token goes, as in Release.
func (s *Store) rescue(ctx context.Context, owner string, ids []uint64, poison int) (delayqueue.Rescued, error) {
	var r delayqueue.Rescued
	condition := " WHERE id " + among(ids) + " AND status = 2 AND owner = ?"
	set := func(count *int, columns string, values []any, further string, limit ...any) error {
		query := "UPDATE delay_queue_log " + s.listed() + " SET " + columns + ", token = 0, update_time = " + s.db.Dialect.Now() + condition + further
		return s.repeat(ctx, func() (err error) {
			*count, err = changed(s.db.ExecContext(ctx, query, slices.Concat(values, []any{owner}, limit)...))
			return err
		})
	}
	if err := s.noteDeaths(ctx, owner, ids); err != nil {
		return r, err
	}
	err := set(&r.Quarantined, "status = 4, deaths = deaths + 1, attempts = attempts + 1, end_time = "+s.db.Dialect.NowMillis()+", "+freed+", result = ?",
		[]any{fmt.Sprintf("set aside: its daemon died %d times while running it", poison)}, " AND start_time > 0 AND deaths + 1 >= ?", poison)
	if err != nil {
		return r, err
	}
	err = set(&r.Waiting, "status = 1, owner = '', rescues = CASE WHEN rescues < 255 THEN rescues + 1 ELSE 255 END,"+
		" deaths = CASE WHEN start_time > 0 THEN deaths + 1 ELSE deaths END, attempts = CASE WHEN start_time > 0 THEN attempts + 1 ELSE attempts END,"+
		" start_time = 0", nil, "")
	return r, err
}

func changed(res sql.Result, err error) (int, error) {
	if err != nil {
		return 0, err
	}
	n, err := res.RowsAffected()
	return int(n), err
}
