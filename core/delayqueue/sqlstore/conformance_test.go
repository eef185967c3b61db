package sqlstore_test

import (
	"testing"

	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/delayqueue/storetest"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

func TestStoreConforms(t *testing.T) {
	dbtest.Each(t, conforms)
}

// The columns of an installation that grew over the years: character sets and
// collations of their own, signed numbers, and NULL allowed.
func TestStoreConformsOnLegacyColumns(t *testing.T) {
	db := dbtest.New(t, sqldb.MySQL)
	newStoreTest(t, db).exec("ALTER TABLE delay_queue_log" +
		" MODIFY name varchar(255) CHARACTER SET utf8mb3 COLLATE utf8mb3_unicode_ci DEFAULT ''," +
		" MODIFY exec_cmd varchar(50) CHARACTER SET latin1 COLLATE latin1_swedish_ci DEFAULT ''," +
		" MODIFY params varchar(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci DEFAULT NULL," +
		" MODIFY result varchar(500) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin DEFAULT ''," +
		" MODIFY status tinyint DEFAULT 1, MODIFY exec_time int DEFAULT 0")
	conforms(t, db)
}

func conforms(t *testing.T, db *sqldb.DB) {
	storetest.Run(t, func(t *testing.T) *storetest.Fixture {
		s := newStoreTest(t, db)
		for _, table := range []string{"delay_queue_log", "script_delay_result", "script_delay_request", "script_delay_pause", "script_delay_attempt", "script_delay_progress", "script_delay_stat", "script_delay_archive", "script_daemon"} {
			s.exec("DELETE FROM " + table)
		}
		return &storetest.Fixture{Store: s.store, Peer: sqlstore.New(db), DB: db, Faults: s.faults}
	})
}
