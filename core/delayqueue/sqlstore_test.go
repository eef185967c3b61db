package delayqueue_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/storetest"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/sqlfault"
)

func TestSQLStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		storetest.Run(t, func(t *testing.T) *storetest.Fixture {
			for _, table := range []string{"delay_queue_log", "script_delay_result", "script_daemon"} {
				_, err := db.ExecContext(t.Context(), "DELETE FROM "+table)
				require.NoError(t, err)
			}
			store, faults := faulty(t, db)
			return &storetest.Fixture{Store: store, Peer: delayqueue.NewSQLStore(db), DB: db, Faults: faults}
		})
	})
}

// faulty returns a store whose statements pass through a script.
func faulty(t *testing.T, db *sqldb.DB) (*delayqueue.SQLStore, *sqlfault.Script) {
	script := sqlfault.New(t)
	pool := script.Over(db.DB)
	t.Cleanup(func() { require.NoError(t, pool.Close()) })
	return delayqueue.NewSQLStore(&sqldb.DB{DB: pool, Dialect: db.Dialect}), script
}
