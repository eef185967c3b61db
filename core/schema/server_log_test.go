package schema

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestBinaryLogOfStatementsIsRefused(t *testing.T) {
	require.ErrorContains(t, takesReadCommitted("ON", "STATEMENT"), "set binlog_format=ROW or MIXED")
	require.NoError(t, takesReadCommitted("OFF", "STATEMENT"), "there is no log")
	require.NoError(t, takesReadCommitted("ON", "ROW"))
	require.NoError(t, takesReadCommitted("ON", "MIXED"))
	require.NoError(t, takesReadCommitted("", ""), "a server that has no such variables")
}
