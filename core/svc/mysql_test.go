package svc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// job is what a team's generated model of the table looks like.
type job struct {
	ID         uint64
	Name       string
	CreateTime time.Time
}

func (job) TableName() string { return "delay_queue_log" }

func TestBusinessAndMachineShareTheDatabase(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		cfg := dbtest.Config(t, d)
		if d == sqldb.MySQL {
			cfg.Mysql[dbtest.Own] += "?parseTime=true&loc=UTC"
		}
		s := dbtest.Services(t, cfg)
		own, err := s.Own(t.Context())
		require.NoError(t, err)
		require.NoError(t, schema.Migrate(t.Context(), own))

		g, err := s.MySQL(t.Context(), dbtest.Own)
		require.NoError(t, err)
		again, err := s.MySQL(t.Context(), dbtest.Own)
		require.NoError(t, err)
		require.Same(t, g, again)

		when := time.Date(2025, 3, 4, 5, 6, 7, 0, time.UTC)
		require.NoError(t, g.WithContext(t.Context()).Create(&job{Name: "from gorm", CreateTime: when}).Error)
		var name string
		require.NoError(t, own.QueryRowContext(t.Context(), "SELECT name FROM delay_queue_log").Scan(&name))
		require.Equal(t, "from gorm", name)
		var back job
		require.NoError(t, g.WithContext(t.Context()).First(&back).Error)
		require.True(t, when.Equal(back.CreateTime), "%s", back.CreateTime)
	})
}

func TestBusinessKeepsItsParameters(t *testing.T) {
	s := dbtest.Services(t, withParameters(t))
	g, err := s.MySQL(t.Context(), dbtest.Own)
	require.NoError(t, err)
	pool, err := g.DB()
	require.NoError(t, err)
	conn, err := pool.Conn(t.Context())
	require.NoError(t, err)
	defer func() { require.NoError(t, conn.Close()) }()
	got := variables(t, conn)
	require.Equal(t, "+08:00", got["time_zone"])
	require.Equal(t, "latin1", got["character_set_client"])
	var when time.Time
	require.NoError(t, conn.QueryRowContext(t.Context(), "SELECT CAST('2025-03-04 05:06:07' AS DATETIME)").Scan(&when))
	require.Equal(t, "2025-03-04 05:06:07 +0800", when.Format("2006-01-02 15:04:05 -0700"))
}

func TestBusinessServerThatIsAway(t *testing.T) {
	cfg := config(t)
	cfg.Mysql["DBReport"] = "root:top-secret@tcp(127.0.0.1:1)/report"
	_, err := dbtest.Services(t, cfg).MySQL(t.Context(), "DBReport")
	require.True(t, sqldb.Away(err), "%v", err)
	require.ErrorContains(t, err, "opening MySQL DBReport:")
}
