package sqlstore

import "strconv"

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
