package sqlstore

import (
	"cmp"
	"slices"
	"strconv"

	"simplest_script/core/delayqueue"
)

// perRow returns an expression that has for each of the rows, sorted by id, the
// value of its own, as write appends it to the text.
//
// It is a search tree over the runs of neighbours with equal values, which there
// mostly are few of: one value where all are equal, else as many comparisons
// per row as the runs can be halved. A flat CASE compares each row with half of
// all rows, and is slower than everything else in its statement from some hundred
// rows on.
func perRow[T any, V comparable](rows []T, id func(T) uint64, value func(T) V, write func(text []byte, v V) []byte) string {
	var runs []run[V]
	for _, r := range rows {
		if v := value(r); len(runs) == 0 || runs[len(runs)-1].value != v {
			runs = append(runs, run[V]{id(r), v})
		}
	}
	return string(appendTree(nil, runs, write))
}

// run is a value that rows have from the id first on.
type run[V comparable] struct {
	first uint64
	value V
}

func appendTree[V comparable](text []byte, runs []run[V], write func([]byte, V) []byte) []byte {
	if len(runs) == 1 {
		return write(text, runs[0].value)
	}
	half := len(runs) / 2
	text = strconv.AppendUint(append(text, "CASE WHEN id < "...), runs[half].first, 10)
	text = appendTree(append(text, " THEN "...), runs[:half], write)
	text = appendTree(append(text, " ELSE "...), runs[half:], write)
	return append(text, " END"...)
}

// number writes a value of perRow that is one.
func number(text []byte, n int64) []byte { return strconv.AppendInt(text, n, 10) }

// among is the end of a condition on rows that are listed by their ids, of which there
// must be some. They are written into the statement, which is quicker than an
// argument for each.
func among(ids []uint64) string {
	text := append(make([]byte, 0, 12*len(ids)+5), "IN ("...)
	for _, id := range ids {
		text = append(strconv.AppendUint(text, id, 10), ',')
	}
	text[len(text)-1] = ')'
	return string(text)
}

// along is among for ids in ascending order, in statements of the store's own sessions:
// neighbours are walked along, which is quicker than to look up each, the more so the
// larger the table is. In a caller's session such a walk might lock what follows as well.
func along(ids []uint64) string { return walked(ids, uint64(len(ids))) }

// within is along for a statement that locks nothing, and that tells the rows by a
// further condition from others between them, of which there may be as many.
func within(ids []uint64) string { return walked(ids, 2*uint64(len(ids))) }

// walked is a range where the ids lie in no longer one.
func walked(ids []uint64, length uint64) string {
	first, last := ids[0], ids[len(ids)-1]
	if last-first >= length {
		return among(ids)
	}
	return "BETWEEN " + strconv.FormatUint(first, 10) + " AND " + strconv.FormatUint(last, 10)
}

// byID sorts rows so that statements of several daemons lock them in one order.
func byID(rows []delayqueue.Held) []delayqueue.Held {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b delayqueue.Held) int { return cmp.Compare(a.ID, b.ID) })
	return rows
}

// heldCondition returns the condition that a row is one of rows, by id, still running,
// and still under the claim that gave it to an owner, who is its one argument.
func heldCondition(rows []delayqueue.Held) string {
	ids := make([]uint64, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	token := perRow(rows, func(r delayqueue.Held) uint64 { return r.ID }, func(r delayqueue.Held) int64 { return int64(r.Token) }, number)
	return "id " + along(ids) + " AND status = 2 AND owner = ? AND token = " + token
}
