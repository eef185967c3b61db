package sqlstore_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

func TestColumnsThatAllowNull(t *testing.T) {
	s := onMySQL(t)
	s.exec("ALTER TABLE delay_queue_log MODIFY name varchar(255) NULL, MODIFY exec_cmd varchar(50) NULL, MODIFY params varchar(500) NULL")
	s.exec("INSERT INTO delay_queue_log (name, exec_cmd, params, exec_time) VALUES (NULL, 'k', NULL, 1), (NULL, 'other', NULL, 1), (NULL, NULL, NULL, 1)")
	rows, _, err := s.store.Claim(t.Context(), claimOf("alice"), "k", 0, 10)
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Empty(t, rows[0].Name+rows[0].Params)
	kinds, err := s.store.Unknown(t.Context(), nil)
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"other": 1}, kinds, "one row without a kind must not hide the others")
}

// What the completer relies on: a result that the column cannot hold is an error
// of its own sort, and takes the rest of its call with it.
func TestFinishWhereTheColumnHoldsNoFourByteCharacters(t *testing.T) {
	s := onMySQL(t)
	s.exec("ALTER TABLE delay_queue_log MODIFY result varchar(500) CHARACTER SET utf8mb3 NOT NULL DEFAULT ''")
	outcomes := doneOf(s.running("alice", 3))
	outcomes[1].Result = "sent 🙂"
	for _, os := range [][]delayqueue.Outcome{outcomes, outcomes[1:2]} {
		_, err := s.store.Finish(t.Context(), "alice", os)
		require.Error(t, err)
		require.False(t, sqldb.Away(err) || sqldb.Conflict(err) || sqldb.SchemaMissing(err) || sqldb.Refused(err), "%v", err)
		require.Equal(t, 3, s.count("status = 2"), "nothing of that call was recorded")
	}
	outcomes[1].Result = "sent 表"
	lost, err := s.store.Finish(t.Context(), "alice", outcomes)
	require.NoError(t, err)
	require.Empty(t, lost)
	require.Equal(t, 1, s.count("status = 3 AND result = 'sent 表'"))
}

func TestPushWhereTheColumnHoldsNoFourByteCharacters(t *testing.T) {
	s := onMySQL(t)
	s.exec("ALTER TABLE delay_queue_log MODIFY params varchar(500) CHARACTER SET utf8mb3 NOT NULL DEFAULT ''")
	_, err := s.store.Push(t.Context(), []core.DelayQueuePushParams{{ExecCmd: "k", Params: "plain"}, {ExecCmd: "k", Params: "🙂"}})
	require.Error(t, err)
	require.NotErrorIs(t, err, core.ErrUnknownOutcome)
	require.Zero(t, s.count("id > 0"))
}
