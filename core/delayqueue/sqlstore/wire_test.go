package sqlstore_test

import (
	"bytes"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/conf"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/proxy"
)

// throughProxy returns a store that speaks to its database through a proxy, and a
// direct pool for looking.
func throughProxy(t *testing.T) (*storeTest, *proxy.Proxy) {
	cfg := dbtest.Config(t, sqldb.MySQL)
	direct, err := dbtest.Services(t, cfg).Own(t.Context())
	require.NoError(t, err)
	require.NoError(t, schema.Migrate(t.Context(), direct))

	dsn, err := mysql.ParseDSN(cfg.Mysql[dbtest.Own].Reveal())
	require.NoError(t, err)
	p, err := proxy.New(dsn.Addr)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, p.Close()) })
	dsn.Addr = p.Addr()
	cfg.Mysql = map[string]conf.Secret{dbtest.Own: conf.Secret(dsn.FormatDSN())}
	pool, err := dbtest.Services(t, cfg).Own(t.Context())
	require.NoError(t, err)
	return &storeTest{T: t, db: direct, pool: pool, store: sqlstore.New(pool)}, p
}

// commit is the statement as it stands on the wire, behind the byte for "query".
const commit = "\x03COMMIT"

// with matches requests that contain the text.
func with(text string) func([]byte) bool {
	return func(request []byte) bool { return bytes.Contains(request, []byte(text)) }
}

// What sqlfault stages in the driver happens here on the wire.
func TestRepliesCutOnTheWire(t *testing.T) {
	s, p := throughProxy(t)
	job := []core.DelayQueuePushParams{{ExecCmd: "k", ExecTime: 1}}
	cut := p.CutReply(with(commit))
	_, err := s.store.Push(t.Context(), job)
	require.ErrorIs(t, err, core.ErrUnknownOutcome)
	<-cut
	require.Equal(t, 1, s.count("status = 1"), "it was stored")

	p.CutReply(with("SET status = 2"))
	c := claimOf("alice")
	_, _, err = s.store.Claim(t.Context(), c, "k", 0, 10)
	require.True(t, sqldb.Away(err), "%v", err)
	rows, err := s.store.Claimed(t.Context(), c)
	require.NoError(t, err)
	require.Len(t, rows, 1)

	held := []delayqueue.Held{{ID: rows[0].ID, Token: rows[0].Token}}
	p.CutReply(with(commit))
	require.True(t, sqldb.Away(s.finish(t.Context(), held)))
	require.Equal(t, 1, s.count("status = 3 AND attempts = 1"))
	require.NoError(t, s.finish(t.Context(), held), "not lost")
	require.Equal(t, 1, s.count("status = 3 AND attempts = 1"))
}

func TestCommitLostOnTheWire(t *testing.T) {
	s, p := throughProxy(t)
	held, _ := p.Hold(with(commit))
	pushed := make(chan error, 1)
	go func() {
		_, err := s.store.Push(t.Context(), []core.DelayQueuePushParams{{ExecCmd: "k", ExecTime: 1}})
		pushed <- err
	}()
	<-held
	p.Cut()
	require.ErrorIs(t, <-pushed, core.ErrUnknownOutcome, "from here it looks as if it might have arrived")
	require.Zero(t, s.count("id > 0"))
}

func TestInsertLostOnTheWire(t *testing.T) {
	s, p := throughProxy(t)
	p.CutReply(with("INSERT INTO delay_queue_log"))
	_, err := s.store.Push(t.Context(), []core.DelayQueuePushParams{{ExecCmd: "k", ExecTime: 1}})
	require.True(t, sqldb.Away(err), "%v", err)
	require.NotErrorIs(t, err, core.ErrUnknownOutcome)
	require.Eventually(t, func() bool { return s.count("id > 0") == 0 }, patience, look, "the server rolls back")
}
