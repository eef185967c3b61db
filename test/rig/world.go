//go:build unix

package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
	"simplest_script/test/rig/audit"
)

// World is an installation for the time of one test: a database, a home folder, and
// the processes that work there. One goroutine uses it.
type World struct {
	DB   *sqldb.DB // the test's own pool, which passes through no proxy
	Home string
	Gate *Gate
	// Patience is how long anything is waited for that must come. It is only ever spent
	// by a test that fails.
	Patience time.Duration

	tb        testing.TB
	dsn       string
	processes []*Process
	pushes    []audit.Push
	disturbed map[int]bool
	acts      []audit.Act
}

// settings is etc/test.yaml. The budget of the lease is that of production in
// proportion, and wide enough for a machine that has much else to do.
const settings = `Name: rig
Host: 127.0.0.1
Port: 0
Mysql:
  DBConsole: %q
Logger:
  Path: logs
  Level: info
Drain: 60s
Lease:
  Beat: 400ms
  Stop: %v
  Verdict: %v
  Scan: 250ms
DelayQueue:
  Scan: 500ms
  Concurrency: 20
`

// New returns a world on a new migrated database of the dialect. What it started is
// ended when the test ends.
func New(tb testing.TB, d sqldb.Dialect) *World {
	tb.Helper()
	w := Unmigrated(tb, d)
	require.NoError(tb, schema.Migrate(context.Background(), w.DB))
	require.NoError(tb, watchStatus(context.Background(), w.DB))
	require.NoError(tb, makeBusiness(context.Background(), w.DB))
	return w
}

// Unmigrated is New with a database that has no table.
func Unmigrated(tb testing.TB, d sqldb.Dialect) *World {
	tb.Helper()
	cfg := dbtest.Config(tb, d)
	db, err := dbtest.Services(tb, cfg).Own(context.Background())
	require.NoError(tb, err)
	w := &World{
		tb: tb, DB: db, Home: cfg.Home, Gate: newGate(tb), Patience: 2 * time.Minute,
		dsn: cfg.Mysql[cfg.OwnMysql].Reveal(), disturbed: map[int]bool{},
	}
	require.NoError(tb, os.MkdirAll(w.journals(), 0o755))
	require.NoError(tb, os.MkdirAll(filepath.Join(w.Home, "etc"), 0o755))
	stop, verdict := 1500*time.Millisecond, 2*time.Second
	if d == sqldb.SQLite { // where a beat waits for whoever writes
		stop, verdict = 3*time.Second, 4*time.Second
	}
	text := fmt.Sprintf(settings, w.dsn, stop, verdict)
	require.NoError(tb, os.WriteFile(filepath.Join(w.Home, "etc", "test.yaml"), []byte(text), 0o644))
	tb.Cleanup(func() {
		for _, p := range w.processes {
			p.cleanUp()
		}
		if tb.Failed() {
			w.dump()
		}
	})
	return w
}

func (w *World) journals() string { return filepath.Join(w.Home, "journal") }

// Server returns the host:port of the database server, for a proxy.
func (w *World) Server() string {
	w.tb.Helper()
	c, err := mysql.ParseDSN(w.dsn)
	require.NoError(w.tb, err)
	return c.Addr
}

// Through returns the variable that lets a process reach the database at another address.
func (w *World) Through(address string) string {
	return w.DSN(func(c *mysql.Config) { c.Addr = address })
}

// DSN returns the variable that gives a process another way to the database.
func (w *World) DSN(change func(*mysql.Config)) string {
	w.tb.Helper()
	c, err := mysql.ParseDSN(w.dsn)
	require.NoError(w.tb, err)
	change(c)
	return "SCRIPT_MYSQL_DBCONSOLE=" + c.FormatDSN()
}

// Ready is what a daemon prints once it takes work, and before it does not.
const Ready = "ready after"

// Start starts a daemon, with further environment variables.
func (w *World) Start(env ...string) *Process {
	w.tb.Helper()
	return w.start(roleDaemon, env)
}

// Daemon starts a daemon and waits until it is ready.
func (w *World) Daemon(env ...string) *Process {
	w.tb.Helper()
	p := w.Start(env...)
	p.Says(Ready)
	return p
}

// Newer is the variable of a daemon of the newer version, which knows the kind Novel.
const Newer = novelVariable + "=1"

// Jumping is the variable of a daemon whose time of day jumps by an hour, back and forth.
const Jumping = clockVariable + "=1"

// Pusher starts a process that pushes.
func (w *World) Pusher(o Order, env ...string) *Process {
	w.tb.Helper()
	text, err := json.Marshal(o)
	require.NoError(w.tb, err)
	p := w.start(rolePusher, append(env, orderVariable+"="+string(text)))
	p.MayEnd()
	return p
}

// Push pushes from the test itself, past any proxy. Names are made unique.
func (w *World) Push(jobs ...core.DelayQueuePushParams) []uint64 {
	w.tb.Helper()
	names := make([]string, len(jobs))
	for i := range jobs {
		names[i] = fmt.Sprintf("%s%d-%d", jobs[i].Name, len(w.pushes), i)
		jobs[i].Name = names[i]
	}
	store := sqlstore.New(w.DB)
	ids, err := delayqueue.New(func(context.Context) (delayqueue.Store, error) { return store, nil }).Push(jobs)
	require.NoError(w.tb, err)
	w.pushes = append(w.pushes, audit.Push{Names: names, IDs: ids, Outcome: audit.Confirmed})
	return ids
}

// Jobs returns n jobs of one kind that are due at once.
func Jobs(n int, kind, params string) []core.DelayQueuePushParams {
	jobs := make([]core.DelayQueuePushParams, n)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{ExecCmd: kind, Params: params}
	}
	return jobs
}
