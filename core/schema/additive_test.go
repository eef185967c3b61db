package schema_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

var (
	comments   = regexp.MustCompile(`(?m)^--.*$|COMMENT '[^']*'`)
	newTable   = regexp.MustCompile(`^CREATE TABLE IF NOT EXISTS `)
	newIndex   = regexp.MustCompile(`^(?:CREATE (UNIQUE )?INDEX IF NOT EXISTS \S+ ON (\S+)|ALTER TABLE (\S+)\s+ADD (UNIQUE )?INDEX \S+) \(([^()]+)\)$`)
	newColumns = regexp.MustCompile(`^ALTER TABLE (\S+)\s+`)
	newColumn  = regexp.MustCompile(`^ADD COLUMN (\S+) .*\bDEFAULT (\S+)`)
	adoption   = []string{"00008_adopted_at.sql", "00009_hold_overdue.sql"} // change rows, and are older than any daemon
)

// An older daemon must run on a newer schema, and its statements name neither the
// columns nor the tables that came after it: what is new must do without them.
func TestStepsOnlyAddWhatAnOlderProgramNeedNotKnow(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, db *sqldb.DB) {
		steps, err := schema.Status(t.Context(), db)
		require.NoError(t, err)
		require.NotEmpty(t, steps)
		mayBeNull, tables := map[string]bool{}, map[string]bool{}
		for _, step := range steps {
			if slices.Contains(adoption, step.File) {
				continue
			}
			for statement := range strings.SplitSeq(comments.ReplaceAllString(step.Statement, ""), ";") {
				statement = strings.TrimSpace(statement)
				if newTable.MatchString(statement) {
					tables[step.File] = true
				} else if index := newIndex.FindStringSubmatch(statement); index != nil {
					unique, table := index[1]+index[4] != "", index[2]+index[3]
					require.True(t, !unique || tables[step.File] || mayBeNull[table+"."+index[5]],
						"%s: an older program leaves the column empty, in more rows than one", step)
				} else {
					columnsOnly(t, step, statement, mayBeNull)
				}
			}
		}
	})
}

// columnsOnly holds where a statement adds columns that have a default, and notes
// which of them may be NULL.
func columnsOnly(t *testing.T, step schema.Migration, statement string, mayBeNull map[string]bool) {
	table := newColumns.FindStringSubmatch(statement)
	require.NotNil(t, table, "%s neither makes a table nor adds something to one: %s", step, statement)
	for clause := range strings.SplitSeq(statement[len(table[0]):], ",\n") {
		column := newColumn.FindStringSubmatch(strings.TrimSpace(clause))
		require.NotNil(t, column, "%s: not a new column that has a default: %s", step, clause)
		mayBeNull[table[1]+"."+column[1]] = column[2] == "NULL"
	}
}
