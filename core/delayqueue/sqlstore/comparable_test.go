package sqlstore_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// An adopted table holds the names of kinds in an old character set. A kind whose name
// it cannot hold has no rows there, and the server refuses the question for it.
func TestKindsThatTheColumnCannotHoldHaveNoRows(t *testing.T) {
	for name, kinds := range map[string]struct {
		column  string
		foreign []string
	}{
		"latin1":  {"latin1", []string{"订单"}},
		"more":    {"latin1", []string{"订单", "邮件", "заказ"}},
		"utf8mb3": {"utf8mb3", []string{"🙂"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := onMySQL(t)
			s.exec("ALTER TABLE delay_queue_log MODIFY exec_cmd varchar(50) CHARACTER SET " + kinds.column + " NOT NULL DEFAULT ''")
			s.push("CAFE", 1, 1)
			s.push("order", 2, 1)
			s.push("gone", 1, 7)
			known := append([]string{"order", "café"}, kinds.foreign...)
			for n := 1; n <= len(known); n++ { // the server answers otherwise to one, to two and to more
				unknown, err := s.store.Unknown(t.Context(), known[len(known)-n:])
				require.NoError(t, err, n)
				require.EqualValues(t, 7, unknown["gone"])
			}
			unknown, err := s.store.Unknown(t.Context(), known)
			require.NoError(t, err)
			require.Equal(t, map[string]int64{"gone": 7}, unknown, "who claims café takes CAFE there")
			for _, kind := range kinds.foreign {
				rows, more, err := s.store.Claim(t.Context(), claimOf("alice"), kind, 0, 10)
				require.NoError(t, err)
				require.Empty(t, rows)
				require.False(t, more)
				loads, err := s.store.Forecast(t.Context(), kind, time.Minute, 10)
				require.NoError(t, err)
				require.Empty(t, loads)
			}
			rows, _, err := s.store.Claim(t.Context(), claimOf("alice"), "order", 0, 10)
			require.NoError(t, err)
			require.Len(t, rows, 2)
		})
	}
}
