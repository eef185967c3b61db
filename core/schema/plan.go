package schema

import (
	"context"
	"fmt"
	"strings"

	"simplest_script/core/tool/sqldb"
)

// Plan is what Migrate would do.
type Plan struct {
	Steps []Step // empty: nothing
	// SQL does the same through the server's command line client, for a person who
	// may change tables where this program may not. Afterwards nothing is pending.
	SQL string
}

// Step is a migration with its cost.
type Step struct {
	Migration
	// Cost says what the statement does to a table with rows in it; empty where
	// there is nothing to say.
	Cost string
}

const preamble = `-- What simplest_script changes in the tables of this database, for the command
-- line client: mysql DATABASE < FILE
-- Stop programs that use the tables meanwhile, or run it when they have little to
-- do. If it breaks off, get the rest by running "migrate --sql" again. A statement
-- that is answered with 1060 or 1061 was carried out by an earlier try: remove it,
-- keep the INSERT that follows it.
`

// NewPlan returns what Migrate would do. It only reads.
func NewPlan(ctx context.Context, db *sqldb.DB, modules ...Module) (*Plan, error) {
	sets, err := collect(db.Dialect, modules)
	if err != nil {
		return nil, err
	}
	costs, err := newCosts(ctx, db)
	if err != nil {
		return nil, err
	}
	plan := &Plan{}
	for _, s := range sets {
		if err := plan.add(ctx, db, s, costs); err != nil {
			return nil, err
		}
	}
	if len(plan.Steps) > 0 && db.Dialect == sqldb.MySQL {
		plan.SQL = preamble + plan.SQL
	}
	return plan, nil
}

func (p *Plan) add(ctx context.Context, db *sqldb.DB, s set, costs *costs) error {
	pending, err := s.pending(ctx, db)
	if err != nil || len(pending) == 0 {
		return err
	}
	applied, err := s.applied(ctx, db)
	if err != nil {
		return err
	}
	var text strings.Builder
	if !applied[0] {
		fmt.Fprintf(&text, "\n%s;\n%s;\n", s.versionTable(db.Dialect), s.note(0))
	}
	for _, m := range pending {
		cost, err := costs.of(ctx, m)
		if err != nil {
			return fmt.Errorf("looking what %s costs: %w", m, err)
		}
		p.Steps = append(p.Steps, Step{m, cost})
		fmt.Fprintf(&text, "\n-- %s\n", m)
		if cost != "" {
			fmt.Fprintf(&text, "-- This %s.\n", cost)
		}
		if m.chunk > 0 {
			fmt.Fprintf(&text, "-- To lock fewer rows at a time, append LIMIT %d and repeat it until it changes none.\n", m.chunk)
		}
		statements := m.Statement + ";\n" + s.note(m.Version) + ";\n"
		if db.Dialect == sqldb.SQLite {
			statements = "BEGIN IMMEDIATE;\n" + statements + "COMMIT;\n"
		}
		text.WriteString(statements)
	}
	p.SQL += text.String()
	return nil
}
