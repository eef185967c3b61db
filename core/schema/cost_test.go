package schema

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestCostByServerAndStatement(t *testing.T) {
	const add = "ALTER TABLE jobs\n  ADD COLUMN a int NOT NULL DEFAULT 0 COMMENT 'change status',\n  ADD COLUMN b int"
	big := table{name: "jobs", rows: 3_240_000}
	compressed := big
	compressed.compressed = true
	tests := []struct {
		server, statement string
		table             table
		want              string
	}{
		{"5.7.44-log", add, big, "rebuilds jobs (about 3.2M rows)"},
		{"8.0.11", add, big, "rebuilds jobs"},
		{"8.0.36", add, big, "instant on this server, 8.0.36"},
		{"9.7.0", add, big, "instant"},
		{"8.4.0", add, compressed, "rebuilds jobs"},
		{"10.2.44-MariaDB-log", add, big, "rebuilds jobs"},
		{"5.5.5-10.11.6-MariaDB", add, big, "instant"},
		{"8.4.0", "ALTER TABLE jobs ADD INDEX i (a, b)", big, "to build an index"},
		{"8.4.0", "-- why\nCREATE UNIQUE INDEX i ON jobs (a)", big, "to build an index"},
		{"8.4.0", "ALTER TABLE jobs MODIFY a bigint", big, "may rebuild jobs (about 3.2M rows), and may block writes"},
		{"8.4.0", "ALTER TABLE jobs ADD COLUMN a int, DROP COLUMN b", big, "may rebuild"},
		{"8.4.0", "UPDATE jobs SET a = 1", big, "changes rows of jobs (about 3.2M rows) in one transaction"},
	}
	for _, tt := range tests {
		got := parseServer(tt.server).cost(Migration{Statement: tt.statement}, tt.table)
		require.Contains(t, got, tt.want, "%s on %s", tt.statement, tt.server)
	}
}

func TestRowsAsPeopleSayThem(t *testing.T) {
	require.Equal(t, "9999", approximate(9_999))
	require.Equal(t, "12k", approximate(12_345))
	require.Equal(t, "3.2M", approximate(3_240_000))
}
