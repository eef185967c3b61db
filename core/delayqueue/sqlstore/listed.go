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
