package schema_test

import (
	"database/sql"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

func TestGoodServer(t *testing.T) {
	dbtest.EachEmpty(t, func(t *testing.T, db *sqldb.DB) {
		require.NoError(t, schema.CheckServer(t.Context(), db), "before")
		require.NoError(t, schema.Migrate(t.Context(), db))
		require.NoError(t, schema.CheckServer(t.Context(), db), "after")
	})
}

func TestEngineWithoutTransactions(t *testing.T) {
	db := dbtest.Empty(t, sqldb.MySQL)
	execute(t, db, "CREATE TABLE delay_queue_log (id int) ENGINE=MyISAM")
	execute(t, db, "CREATE TABLE of_somebody_else (id int) ENGINE=MyISAM")
	require.EqualError(t, schema.CheckServer(t.Context(), db),
		"tables are kept by an engine without transactions; run: ALTER TABLE delay_queue_log ENGINE=InnoDB;")
}

// A proxy that shares connections may hand out one that was set up by another client.
func TestSessionThatForgotItsTimeZone(t *testing.T) {
	c, err := mysql.ParseDSN(dbtest.Config(t, sqldb.MySQL).Mysql[dbtest.Own].Reveal())
	require.NoError(t, err)
	c.Params = map[string]string{"time_zone": "'+08:00'"}
	connector, err := mysql.NewConnector(c)
	require.NoError(t, err)
	db := &sqldb.DB{DB: sql.OpenDB(connector), Dialect: sqldb.MySQL}
	defer func() { require.NoError(t, db.Close()) }()
	require.ErrorContains(t, schema.CheckServer(t.Context(), db), "the session is in the time zone +08:00")
}

// The user of the daemon may read and write rows, but not change tables.
func TestUserWithoutTheRightToChangeTables(t *testing.T) {
	cfg := dbtest.Config(t, sqldb.MySQL)
	db := open(t, cfg)
	c, err := mysql.ParseDSN(cfg.Mysql[dbtest.Own].Reveal())
	require.NoError(t, err)
	user := c.DBName[:30]
	execute(t, db, "CREATE USER "+user+"@'127.0.0.1' IDENTIFIED BY 'secret'")
	defer execute(t, db, "DROP USER "+user+"@'127.0.0.1'")
	execute(t, db, "GRANT SELECT, INSERT, UPDATE, DELETE ON "+c.DBName+".* TO "+user+"@'127.0.0.1'")

	c.User, c.Passwd = user, "secret"
	cfg.Mysql[dbtest.Own] = conf.Secret(c.FormatDSN())
	restricted := open(t, cfg)
	require.NotEmpty(t, plan(t, restricted).Steps, "he may look")
	err = schema.Migrate(t.Context(), restricted)
	require.ErrorContains(t, err, `the database user may not change tables (let somebody who may run the output of "migrate --sql")`)

	require.NoError(t, schema.Migrate(t.Context(), db), "somebody who may")
	require.NoError(t, schema.Migrate(t.Context(), restricted), "nothing is left to do")
	require.NoError(t, schema.CheckServer(t.Context(), restricted))
}
