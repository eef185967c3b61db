package lease_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/lease"
	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

const one, two = "11111111111111111111111111111111", "22222222222222222222222222222222"

var somebody = lease.Identity{
	Host: "主机", PID: 4711, Partition: "script1", Env: "test", Version: "v1.2.3", Kinds: []string{"mail", "campaign"},
}

func TestStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		for name, test := range map[string]func(*testing.T, *sqldb.DB, *lease.SQLStore){
			"begin":        testBegin,
			"begin again":  testBeginAgain,
			"beat":         testBeat,
			"condemn":      testCondemn,
			"end":          testEnd,
			"kinds":        testKinds,
			"unread kinds": testKindsThatCannotBeRead,
			"forget":       testForget,
			"cancelled":    testCancelled,
			"keeper":       testKeeperOnStore,
		} {
			t.Run(name, func(t *testing.T) {
				exec(t, db, "DELETE FROM script_daemon")
				test(t, db, lease.NewSQLStore(db))
			})
		}
	})
}

func exec(t *testing.T, db *sqldb.DB, statement string, args ...any) {
	t.Helper()
	_, err := db.ExecContext(t.Context(), statement, args...)
	require.NoError(t, err)
}

// column reads a column of one row, as text.
func column(t *testing.T, db *sqldb.DB, id, name string) (value string) {
	t.Helper()
	require.NoError(t, db.QueryRowContext(t.Context(), "SELECT "+name+" FROM script_daemon WHERE id = ?", id).Scan(&value))
	return value
}

func onlyLiving(t *testing.T, s lease.Store) lease.Daemon {
	t.Helper()
	rows, err := s.Living(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 1)
	return rows[0]
}

func testBegin(t *testing.T, db *sqldb.DB, s *lease.SQLStore) {
	rows, err := s.Living(t.Context())
	require.NoError(t, err)
	require.Empty(t, rows)

	require.NoError(t, s.Begin(t.Context(), one, somebody))
	d := onlyLiving(t, s)
	require.NotZero(t, d.StartedAt)
	require.Equal(t, lease.Daemon{ID: one, Seq: 1, Identity: somebody, StartedAt: d.StartedAt, BeatAt: d.StartedAt}, d)
	require.Equal(t, `["mail","campaign"]`, column(t, db, one, "kinds"))

	require.NoError(t, s.Begin(t.Context(), two, lease.Identity{}))
	require.Equal(t, `[]`, column(t, db, two, "kinds"))
	rows, err = s.Living(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 2)
}

func testBeginAgain(t *testing.T, _ *sqldb.DB, s *lease.SQLStore) {
	require.NoError(t, s.Begin(t.Context(), one, somebody))
	require.NoError(t, s.Begin(t.Context(), one, somebody))
	require.Equal(t, one, onlyLiving(t, s).ID)
	alive, err := s.Beat(t.Context(), one)
	require.NoError(t, err)
	require.True(t, alive)

	require.NoError(t, s.End(t.Context(), one))
	require.NoError(t, s.Begin(t.Context(), one, somebody))
	alive, err = s.Beat(t.Context(), one)
	require.NoError(t, err)
	require.False(t, alive, "the dead do not come back")
}

func testBeat(t *testing.T, _ *sqldb.DB, s *lease.SQLStore) {
	alive, err := s.Beat(t.Context(), one)
	require.NoError(t, err)
	require.False(t, alive, "there is no row")

	require.NoError(t, s.Begin(t.Context(), one, somebody))
	require.NoError(t, s.Begin(t.Context(), two, somebody))
	before := onlyLivingOf(t, s, one)
	for range 3 { // within one millisecond of the database's clock, too
		alive, err = s.Beat(t.Context(), one)
		require.NoError(t, err)
		require.True(t, alive)
	}
	after := onlyLivingOf(t, s, one)
	require.Equal(t, before.Seq+3, after.Seq)
	require.GreaterOrEqual(t, after.BeatAt, before.BeatAt)
	require.Equal(t, uint64(1), onlyLivingOf(t, s, two).Seq)
}

func onlyLivingOf(t *testing.T, s lease.Store, id string) lease.Daemon {
	t.Helper()
	rows, err := s.Living(t.Context())
	require.NoError(t, err)
	for _, d := range rows {
		if d.ID == id {
			return d
		}
	}
	t.Fatalf("%s does not live", id)
	return lease.Daemon{}
}

func testCondemn(t *testing.T, db *sqldb.DB, s *lease.SQLStore) {
	require.NoError(t, s.Begin(t.Context(), one, somebody))
	seen := onlyLiving(t, s).Seq
	alive, err := s.Beat(t.Context(), one)
	require.NoError(t, err)
	require.True(t, alive)

	dead, err := s.Condemn(t.Context(), one, seen, "silence")
	require.NoError(t, err)
	require.False(t, dead, "it has beaten since")
	require.Equal(t, "0", column(t, db, one, "dead"))

	long := strings.Repeat("默", 300)
	dead, err = s.Condemn(t.Context(), one, seen+1, long)
	require.NoError(t, err)
	require.True(t, dead)
	require.Equal(t, long[:3*255], column(t, db, one, "why"))
	require.NotEqual(t, "0", column(t, db, one, "ended_at"))
	rows, err := s.Living(t.Context())
	require.NoError(t, err)
	require.Empty(t, rows)

	dead, err = s.Condemn(t.Context(), one, seen+1, "again")
	require.NoError(t, err)
	require.False(t, dead, "one judge says it")
	alive, err = s.Beat(t.Context(), one)
	require.NoError(t, err)
	require.False(t, alive)
}

func testEnd(t *testing.T, db *sqldb.DB, s *lease.SQLStore) {
	require.NoError(t, s.End(t.Context(), one), "there is no row")
	require.NoError(t, s.Begin(t.Context(), one, somebody))
	require.NoError(t, s.End(t.Context(), one))
	require.Equal(t, "ended", column(t, db, one, "why"))
	ended := column(t, db, one, "ended_at")
	require.NotEqual(t, "0", ended)

	require.NoError(t, s.Begin(t.Context(), two, somebody))
	dead, err := s.Condemn(t.Context(), two, 1, "silence")
	require.NoError(t, err)
	require.True(t, dead)
	require.NoError(t, s.End(t.Context(), two))
	require.Equal(t, "silence", column(t, db, two, "why"), "the first reason stands")
}

// The long list of kinds is read for a new id only.
func testKinds(t *testing.T, db *sqldb.DB, s *lease.SQLStore) {
	require.NoError(t, s.Begin(t.Context(), one, somebody))
	require.Equal(t, somebody.Kinds, onlyLiving(t, s).Kinds)
	exec(t, db, "UPDATE script_daemon SET kinds = 'not even JSON'")
	require.Equal(t, somebody.Kinds, onlyLiving(t, s).Kinds)

	require.NoError(t, s.Begin(t.Context(), two, lease.Identity{Host: "other", Kinds: []string{"sms"}}))
	require.Equal(t, []string{"sms"}, onlyLivingOf(t, s, two).Kinds)
	require.Equal(t, somebody.Kinds, onlyLivingOf(t, s, one).Kinds)
	require.NoError(t, s.End(t.Context(), one))
	require.Equal(t, two, onlyLiving(t, s).ID)
}

func testKindsThatCannotBeRead(t *testing.T, db *sqldb.DB, s *lease.SQLStore) {
	require.NoError(t, s.Begin(t.Context(), one, somebody))
	exec(t, db, "UPDATE script_daemon SET kinds = 'not even JSON'")
	_, err := s.Living(t.Context())
	require.ErrorContains(t, err, one, "the person who wrote it must find the row")
	exec(t, db, "UPDATE script_daemon SET kinds = '[]'")
	require.Empty(t, onlyLiving(t, s).Kinds)
}

func testForget(t *testing.T, db *sqldb.DB, s *lease.SQLStore) {
	require.NoError(t, s.Begin(t.Context(), one, somebody))
	require.NoError(t, s.Begin(t.Context(), two, somebody))
	require.NoError(t, s.End(t.Context(), one))
	n, err := s.Forget(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Zero(t, n, "it died a moment ago")
	exec(t, db, "UPDATE script_daemon SET ended_at = ended_at - 3600001 WHERE id = ?", one)
	n, err = s.Forget(t.Context(), time.Hour)
	require.NoError(t, err)
	require.Equal(t, int64(1), n)
	require.Equal(t, two, onlyLiving(t, s).ID, "who lives is not forgotten")
}

func testCancelled(t *testing.T, _ *sqldb.DB, s *lease.SQLStore) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, s.Begin(ctx, one, somebody), context.Canceled)
	_, err := s.Beat(ctx, one)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Living(ctx)
	require.ErrorIs(t, err, context.Canceled)
	_, err = s.Condemn(ctx, one, 1, "")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, s.End(ctx, one), context.Canceled)
	_, err = s.Forget(ctx, 1)
	require.ErrorIs(t, err, context.Canceled)
}

// A keeper on a real database lives and ends.
func testKeeperOnStore(t *testing.T, db *sqldb.DB, s *lease.SQLStore) {
	k := lease.New(lease.Config{}, func(context.Context) (lease.Store, error) { return s, nil },
		somebody, clock.System{}, zap.NewNop())
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- k.Run(ctx) }()
	inc, err := k.Current(t.Context())
	require.NoError(t, err)
	require.Equal(t, inc.ID(), onlyLiving(t, s).ID)
	cancel()
	require.NoError(t, <-ended)
	require.ErrorIs(t, context.Cause(inc.Context()), context.Canceled)
	require.Equal(t, "ended", column(t, db, inc.ID(), "why"))
}
