package sqlstore

import (
	"cmp"
	"slices"
	"strings"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// perRow returns an expression that has for each of the rows, sorted by id, the
// value of its own.
//
// It is a search tree over the runs of neighbours with equal values, which there
// mostly are few of: a placeholder where all are equal, else as many comparisons
// per row as the runs can be halved. A flat CASE compares each row with half of
// all rows, and is slower than everything else in its statement from some hundred
// rows on.
func perRow[T any](rows []T, id func(T) uint64, value func(T) any) (string, []any) {
	var runs []run
	for _, r := range rows {
		if v := value(r); len(runs) == 0 || runs[len(runs)-1].value != v {
			runs = append(runs, run{id(r), v})
		}
	}
	t := tree{args: make([]any, 0, 2*len(runs))}
	t.write(runs)
	return t.text.String(), t.args
}

// run is a value that rows have from the id first on.
type run struct {
	first uint64
	value any
}

type tree struct {
	text strings.Builder
	args []any
}

func (t *tree) write(runs []run) {
	if len(runs) == 1 {
		t.text.WriteByte('?')
		t.args = append(t.args, runs[0].value)
		return
	}
	half := len(runs) / 2
	t.text.WriteString("CASE WHEN id < ? THEN ")
	t.args = append(t.args, runs[half].first)
	t.write(runs[:half])
	t.text.WriteString(" ELSE ")
	t.write(runs[half:])
	t.text.WriteString(" END")
}

// byID sorts rows so that statements of several daemons lock them in one order.
func byID(rows []delayqueue.Held) []delayqueue.Held {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b delayqueue.Held) int { return cmp.Compare(a.ID, b.ID) })
	return rows
}

// heldCondition returns the condition that a row is one of rows, by id, still running,
// and still under the claim that gave it to owner.
func heldCondition(owner string, rows []delayqueue.Held) (string, []any) {
	args := make([]any, 0, 3*len(rows)+1)
	for _, r := range rows {
		args = append(args, r.ID)
	}
	args = append(args, owner)
	token, tokenArgs := perRow(rows, func(r delayqueue.Held) uint64 { return r.ID }, func(r delayqueue.Held) any { return r.Token })
	return "id IN (" + sqldb.Placeholders(len(rows)) + ") AND status = 2 AND owner = ? AND token = " + token, append(args, tokenArgs...)
}
