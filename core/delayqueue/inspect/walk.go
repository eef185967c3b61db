package inspect

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"simplest_script/core/tool/sqldb"
)

// searched is how many jobs are looked through where no index helps, as for a text.
const searched = 10_000

// walk is a way along an index.
type walk struct {
	table                  string
	from, condition, order string // table with the index; which part of that; and its order
	args                   []any

	search []string // what else is asked for, which no index helps with
	values []any
}

// searchFor adds something that no index helps with.
func (w *walk) searchFor(condition string, value any) {
	w.search = append(w.search, condition)
	w.values = append(w.values, value)
}

// walk adds up to limit jobs. Where no index helps, it reads the ids of a fixed number of
// rows along the index, then looks at those rows only, and says so where there are more. The
// server might prefer to look through the whole table for the first that fit.
func (i *Inspector) walk(ctx context.Context, w walk, limit int, l *Listing) error {
	if len(w.search) == 0 {
		jobs, err := i.read(ctx, w.table, w.from+" WHERE "+w.condition+" ORDER BY "+w.order+" LIMIT ?", append(slices.Clone(w.args), limit)...)
		l.Jobs = append(l.Jobs, jobs...)
		return err
	}
	few := "(SELECT id AS few_id FROM " + w.from + " WHERE " + w.condition + " ORDER BY " + w.order + " LIMIT ?) few"
	args := append(slices.Clone(w.args), searched)
	args = append(append(args, w.values...), limit)
	jobs, err := i.read(ctx, w.table, few+" "+i.db.Dialect.JoinInOrder()+" "+w.table+" ON id = few_id WHERE "+strings.Join(w.search, " AND ")+" ORDER BY "+w.order+" LIMIT ?", args...)
	l.Jobs = append(l.Jobs, jobs...)
	if err != nil || len(jobs) == limit {
		return err
	}
	more, err := i.count(ctx, w.from+" WHERE "+w.condition, w.args, searched+1)
	if err != nil {
		return fmt.Errorf("counting the jobs that were looked through: %w", err)
	}
	if more > searched {
		l.Searched = searched
	}
	return nil
}

// count counts rows of a walk, and stops at most.
func (i *Inspector) count(ctx context.Context, rows string, args []any, most int) (n int, err error) {
	err = i.db.QueryRowContext(ctx, "SELECT COUNT(*) FROM (SELECT 1 FROM "+rows+" LIMIT ?) few", append(slices.Clone(args), most)...).Scan(&n)
	return n, err
}

// byID reads a table by its ids. MySQL may prefer to read all of another index, and to
// sort what it found.
func (i *Inspector) byID(table string) string {
	if i.db.Dialect == sqldb.SQLite { // which has no name for that, and no such preference
		return table
	}
	return table + " " + i.db.Dialect.UseIndex("PRIMARY")
}

// useIndex makes a statement use an index of the table: the server may prefer to read all
// of a table for what is rare in it, or for what it takes for a large part of it.
func (i *Inspector) useIndex(table, index string) string {
	if i.db.Dialect == sqldb.SQLite { // where names of indexes are those of the whole database
		index = table + "_" + index
	}
	return i.db.Dialect.UseIndex(index)
}
