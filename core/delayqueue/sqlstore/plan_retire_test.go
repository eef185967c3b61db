package sqlstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// Jobs whose unique keys stay taken for long are as old as those behind them, and stay.
// However many they are, one statement reads no more rows than it may retire, also where
// all are of the same second, and the walk comes to those behind.
func TestRowsThatStayDoNotKeepOthersFromBeingRetired(t *testing.T) {
	s := onMySQL(t)
	const kept = 8192
	s.exec("INSERT INTO delay_queue_log (exec_cmd, status, exec_time, end_time, unique_for, unique_hash) VALUES ('k', 3, 1000, 1000000, 4000000000, UNHEX(SHA2('1', 256)))")
	for n := 1; n < kept; n *= 2 {
		s.exec("INSERT INTO delay_queue_log (exec_cmd, status, exec_time, end_time, unique_for, unique_hash)"+
			" SELECT exec_cmd, status, exec_time, end_time, unique_for, UNHEX(SHA2(CONCAT(id, ' ', ?), 256)) FROM delay_queue_log", n)
	}
	for range 3 {
		s.exec("INSERT INTO delay_queue_log (exec_cmd, status, exec_time, end_time) VALUES ('k', 3, 1001, 1001000)")
	}
	s.exec("ANALYZE TABLE delay_queue_log")
	s.pool.SetMaxOpenConns(1) // one session, whose reads are counted

	gone, calls, at := 0, 0, delayqueue.Place{}
	for {
		before, idle := s.reads(), s.reads()
		n, next, err := s.store.RetireFrom(t.Context(), at, core.DelayDone, 2000, true, delayqueue.RowsPerRetire)
		require.NoError(t, err)
		require.LessOrEqual(t, s.reads()-idle-(idle-before), delayqueue.RowsPerRetire+100)
		gone, calls = gone+n, calls+1
		if at = next; next == (delayqueue.Place{}) {
			break
		}
	}
	require.Equal(t, 3, gone)
	require.Equal(t, kept, s.count("status = 3"))
	require.Equal(t, kept/delayqueue.RowsPerRetire+1, calls)
}
