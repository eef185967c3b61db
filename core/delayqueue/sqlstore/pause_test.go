package sqlstore_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// What is the same kind is for the column to say that claims ask, not for Go and not
// for the table of the pauses: who claims "café" there takes the rows of "cafe".
func TestPauseHoldsForWhatAClaimTakesAsTheSameKind(t *testing.T) {
	handlers := []string{"Mail", "café", "order", "straße", "邮件"}
	for name, c := range map[string]struct {
		column string // of MySQL; empty: SQLite, where each name is a kind of its own
		paused map[string][]string
	}{
		"as the machine makes it": {"varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", map[string][]string{
			"mail": {"Mail"}, "CAFE": {"café"}, "strase": {"straße"}, "strasse": nil, "邮件": {"邮件"}, "gone": nil}},
		"other rules": {"varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci", map[string][]string{
			"mail": {"Mail"}, "strasse": {"straße"}, "cafe": {"café"}, "邮件": {"邮件"}}},
		"byte by byte":         {"varchar(50) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin", map[string][]string{"mail": nil, "Mail": {"Mail"}, "cafe": nil, "café": {"café"}}},
		"an old character set": {"varchar(50) CHARACTER SET latin1", map[string][]string{"mail": {"Mail"}, "order": {"order"}, "邮件": {"邮件"}}},
		"sqlite":               {"", map[string][]string{"mail": nil, "Mail": {"Mail"}, "cafe": nil, "邮件": {"邮件"}}},
	} {
		t.Run(name, func(t *testing.T) {
			dialect := sqldb.SQLite
			if c.column != "" {
				dialect = sqldb.MySQL
			}
			s := newStoreTest(t, dbtest.New(t, dialect))
			if c.column != "" {
				s.exec("ALTER TABLE delay_queue_log MODIFY exec_cmd " + c.column + " NOT NULL DEFAULT ''")
			}
			require.NoError(t, s.store.Pause(t.Context(), "somebody else's", ""))
			for kind, same := range c.paused {
				require.NoError(t, s.store.Pause(t.Context(), kind, ""))
				paused, err := s.store.PausedOf(t.Context(), handlers)
				require.NoError(t, err)
				require.ElementsMatch(t, same, paused, kind)
				_, err = s.store.Resume(t.Context(), kind)
				require.NoError(t, err)
			}
		})
	}
}

func TestPausedKindsOfManyAreFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := newStoreTest(t, db)
		handlers := make([]string, 1200)
		for i := range handlers {
			handlers[i] = fmt.Sprint("kind", i)
		}
		for _, i := range []int{3, 777, 1199} {
			require.NoError(t, s.store.Pause(t.Context(), handlers[i], ""))
		}
		paused, err := s.store.PausedOf(t.Context(), handlers)
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"kind3", "kind777", "kind1199"}, paused)
	})
}
