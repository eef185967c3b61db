//go:build unix

package crontab_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"simplest_script/core/conf"
	"simplest_script/core/schema"
	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
	"simplest_script/test/dbtest"
	"simplest_script/test/sqlfault"
)

// patience is how long anything is waited for that must come.
const patience = time.Minute

// world is a database, a home folder, and the schedulers that work there.
type world struct {
	*testing.T
	db     *sqldb.DB
	ledger *crontab.Ledger
	struck *crontab.Ledger // of faulty
	home   string
	env    []string
	logs   *observer.ObservedLogs
	log    *zap.Logger
}

func newWorld(t *testing.T, d sqldb.Dialect) *world {
	t.Helper()
	cfg := dbtest.Config(t, d)
	db, err := dbtest.Services(t, cfg).Own(t.Context())
	require.NoError(t, err)
	require.NoError(t, schema.Migrate(t.Context(), db))
	core, logs := observer.New(zap.DebugLevel)
	w := &world{
		T: t, db: db, ledger: crontab.NewLedger(db), home: cfg.Home, logs: logs, log: zap.New(core),
		env: append(os.Environ(), dsnVariable+"="+cfg.Mysql[cfg.OwnMysql].Reveal(), homeVariable+"="+cfg.Home),
	}
	t.Cleanup(w.endChildren)
	return w
}

func (w *world) launcher() *crontab.Launcher {
	return &crontab.Launcher{Args: []string{"task"}, Env: w.env, Dir: w.home, Outputs: filepath.Join(w.home, "outputs")}
}

func (w *world) open(context.Context) (*crontab.Ledger, error) { return w.ledger, nil }

// config is small in everything that a test would wait for.
func config() crontab.Config {
	return crontab.Config{Partition: partition, Watch: 20 * time.Millisecond, Stale: time.Hour}
}

// scheduler runs a scheduler until the returned function is called.
func (w *world) scheduler(cfg crontab.Config, entries ...conf.CronEntry) (stop func()) {
	w.Helper()
	return w.run(w.prepare(cfg, w.launcher(), entries...))
}

func (w *world) prepare(cfg crontab.Config, l *crontab.Launcher, entries ...conf.CronEntry) *crontab.Scheduler {
	w.Helper()
	s := crontab.New(cfg, w.open, l, outcomes(w.home), clock.System{}, w.log, nil)
	require.NoError(w, s.Apply(entries, time.UTC, noTimeout))
	return s
}

func (w *world) run(s *crontab.Scheduler) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		if err := s.Run(ctx, context.Background()); err != nil {
			w.Errorf("the scheduler ended: %v", err)
		}
	})
	stop = sync.OnceFunc(func() { cancel(); all.Wait() })
	w.Cleanup(stop)
	return stop
}

// await waits until something holds.
func (w *world) await(what string, holds func() bool) {
	w.Helper()
	require.Eventually(w, holds, patience, 10*time.Millisecond, what)
}

// awaitState waits until a run is in a state, and returns it.
func (w *world) awaitState(id uint64, state crontab.State) (r crontab.Run) {
	w.Helper()
	require.EventuallyWithT(w, func(c *assert.CollectT) {
		var err error
		r, err = w.ledger.Run(context.Background(), id)
		require.NoError(c, err)
		require.Equal(c, state, r.State, r.Reason)
	}, patience, 10*time.Millisecond)
	return r
}

// entered enters a tick of now, with an owner who will not start it.
func (w *world) entered(owner crontab.Process, row crontab.Run) crontab.Run {
	w.Helper()
	row.Tick, row.Place, row.Owner = w.now(), crontab.Here(), owner
	mine, err := w.ledger.Enter(w.Context(), 11, []crontab.Run{row})
	require.NoError(w, err)
	require.Len(w, mine, 1)
	return mine[0]
}

func (w *world) now() time.Time {
	w.Helper()
	now, err := w.ledger.Now(w.Context())
	require.NoError(w, err)
	return now.Truncate(time.Second)
}

// dead is a process that has ended.
func (w *world) dead() crontab.Process {
	w.Helper()
	cmd := exec.Command("true")
	require.NoError(w, cmd.Run())
	return crontab.Process{PID: cmd.Process.Pid, Start: 1}
}

func (w *world) openGate() {
	w.Helper()
	require.NoError(w, os.WriteFile(filepath.Join(w.home, "gate"), nil, 0o600))
}

func (w *world) runs(condition string) int {
	w.Helper()
	return count(w.T, w.db, "script_cron_run WHERE "+condition)
}

// dialects runs a story on each server.
func dialects(t *testing.T, story func(w *world)) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) { story(newWorld(t, d)) })
}

// faulty makes openFaulty return a ledger whose statements the script strikes.
func (w *world) faulty() *sqlfault.Script {
	w.Helper()
	faults := sqlfault.New(w)
	pool := faults.Over(w.db.DB)
	w.Cleanup(func() { require.NoError(w, pool.Close()) })
	w.struck = crontab.NewLedger(&sqldb.DB{DB: pool, Dialect: w.db.Dialect})
	return faults
}

func (w *world) openFaulty(context.Context) (*crontab.Ledger, error) { return w.struck, nil }
