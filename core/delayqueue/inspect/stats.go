package inspect

import (
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
)

// What Stats reads at most.
const (
	// CountMost is where counting stops: a count that reaches it means "or more".
	CountMost = 10_000
	// KindsMost is how many kinds are counted.
	KindsMost = 100
)

// KindStats is how one kind of job stands. A count that is CountMost means that
// many or more.
type KindStats struct {
	Kind    string
	Waiting int
	Overdue int // of Waiting: due since more than a second
	Soon    int // of Waiting: due within the next minute
	Running int
	Held    int

	// Of the newest jobs of all kinds, CountMost at most, by id:
	Done      int
	Failed    int
	Cancelled int
	Skipped   int
	Latest    time.Duration // the longest time that a finished one started after it was due
}

// Stats is how the delay queue stands.
type Stats struct {
	Kinds  []KindStats // by name
	Recent int         // how many of the newest jobs were looked at
	More   bool        // there are more kinds than KindsMost
}

// Stats counts jobs by kind. No count reads more than CountMost rows of an index,
// and there are five for each of at most KindsMost kinds; nothing counts the table.
func (i *Inspector) Stats(ctx context.Context) (*Stats, error) {
	kinds := map[string]*KindStats{} // by normal name, as the collation of the column compares
	s := &Stats{}
	if err := i.recent(ctx, s, kinds); err != nil {
		return nil, fmt.Errorf("counting the newest jobs: %w", err)
	}
	for _, status := range []core.DelayStatus{core.DelayWaiting, core.DelayRunning, core.DelayHeld} {
		names, err := i.kindsOf(ctx, status)
		if err != nil {
			return nil, fmt.Errorf("listing the kinds of %s jobs: %w", status, err)
		}
		for _, name := range names {
			kindOf(kinds, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(kinds)) {
		if len(s.Kinds) == KindsMost {
			s.More = true
			break
		}
		k := kinds[name]
		if err := i.counts(ctx, k); err != nil {
			return nil, fmt.Errorf("counting jobs of %q: %w", k.Kind, err)
		}
		s.Kinds = append(s.Kinds, *k)
	}
	return s, nil
}

// normal makes names equal that a database mostly holds to be equal.
func normal(kind string) string { return strings.ToLower(strings.TrimRight(kind, " ")) }

func kindOf(kinds map[string]*KindStats, name string) *KindStats {
	k := kinds[normal(name)]
	if k == nil {
		k = &KindStats{Kind: name}
		kinds[normal(name)] = k
	}
	return k
}

// recent counts what became of the newest rows of the table.
func (i *Inspector) recent(ctx context.Context, s *Stats, kinds map[string]*KindStats) error {
	type group struct {
		kind   string
		status core.DelayStatus
		jobs   int
		late   int64
	}
	groups, err := sqldb.Collect(func(rows *sql.Rows) (g group, err error) {
		err = rows.Scan(&g.kind, &g.status, &g.jobs, &g.late)
		return g, err
	})(i.db.QueryContext(ctx, "SELECT exec_cmd, status, COUNT(*), MAX(late_ms) FROM"+
		" (SELECT exec_cmd, status, late_ms FROM delay_queue_log ORDER BY id DESC LIMIT ?) recent GROUP BY exec_cmd, status", CountMost))
	for _, g := range groups {
		s.Recent += g.jobs
		k := kindOf(kinds, g.kind)
		k.Latest = max(k.Latest, time.Duration(g.late)*time.Millisecond)
		switch g.status {
		case core.DelayDone:
			k.Done += g.jobs
		case core.DelayFailed:
			k.Failed += g.jobs
		case core.DelayCancelled:
			k.Cancelled += g.jobs
		case core.DelaySkipped:
			k.Skipped += g.jobs
		}
	}
	return err
}

// kindsOf jumps along the index from one kind to the next: each statement is one
// look into it, however many rows a kind has.
func (i *Inspector) kindsOf(ctx context.Context, status core.DelayStatus) (kinds []string, err error) {
	query := "SELECT exec_cmd FROM delay_queue_log " + i.db.Dialect.UseIndex(sqlstore.ClaimIndex) + " WHERE status = ?"
	args := []any{status}
	for len(kinds) <= KindsMost {
		next, err := sqldb.Column[string](i.db.QueryContext(ctx, query+" ORDER BY exec_cmd LIMIT 1", args...))
		if err != nil || len(next) == 0 {
			return kinds, err
		}
		if len(kinds) == 0 {
			query += " AND exec_cmd > ?"
		}
		kinds = append(kinds, next[0])
		args = []any{status, next[0]}
	}
	return kinds, nil
}

// counts fills in what is counted along the index of the kind.
func (i *Inspector) counts(ctx context.Context, k *KindStats) error {
	now := i.db.Dialect.NowSeconds()
	var query strings.Builder
	var args []any
	for n, condition := range []string{
		"status = 1",
		"status = 1 AND exec_time < " + now + " - 1",
		"status = 1 AND exec_time BETWEEN " + now + " AND " + now + " + 60",
		"status = 2",
		"status = 5",
	} {
		fmt.Fprintf(&query, ", (SELECT COUNT(*) FROM (SELECT 1 FROM delay_queue_log %s WHERE exec_cmd = ? AND %s LIMIT %d) c%d)",
			i.db.Dialect.UseIndex(sqlstore.ClaimIndex), condition, CountMost, n)
		args = append(args, k.Kind)
	}
	return i.db.QueryRowContext(ctx, "SELECT "+strings.TrimPrefix(query.String(), ", "), args...).
		Scan(&k.Waiting, &k.Overdue, &k.Soon, &k.Running, &k.Held)
}
