package sqlstore

import (
	"cmp"
	"slices"
	"strconv"

	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

// listed is what follows the name of the table in a statement on rows that are
// listed by id: the server is to find them by that. Along an index of status it
// would wait for rows that others have locked, and lock rows in another order.
func (s *Store) listed() string {
	if s.db.Dialect == sqldb.SQLite {
		return "NOT INDEXED"
	}
	return s.db.Dialect.UseIndex("PRIMARY")
}

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

// along is among in statements of the store's own sessions: where the ids follow one
// another they are walked along, which is quicker than to look up each, the more so the
// larger the table is. In a caller's session such a walk might lock what follows as well.
func along(ids []uint64) string {
	for i, id := range ids {
		if id != ids[0]+uint64(i) {
			return among(ids)
		}
	}
	return between(ids)
}

// within is among, for ids in ascending order, in a statement that locks nothing and tells
// the rows by a further condition from others between them, of which there may be as many.
func within(ids []uint64) string {
	if ids[len(ids)-1]-ids[0] >= 2*uint64(len(ids)) {
		return among(ids)
	}
	return between(ids)
}

// between is a range from the first of the ids to the last.
func between(ids []uint64) string {
	return "BETWEEN " + strconv.FormatUint(ids[0], 10) + " AND " + strconv.FormatUint(ids[len(ids)-1], 10)
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
