//go:build linux

package crontab_test

import (
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
)

// crowd is a machine that has no room for the processes of an entry.
type crowd struct {
	entry string
	err   error

	mu    sync.Mutex
	left  int // how many tries fail; negative: all
	tries int
}

func (c *crowd) fork(cmd *exec.Cmd) error {
	if !strings.Contains(cmd.Stdout.(*os.File).Name(), "/"+c.entry+"/") {
		return cmd.Start()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tries++
	if c.left != 0 {
		c.left--
		return &os.PathError{Op: "fork/exec", Path: cmd.Path, Err: c.err}
	}
	return cmd.Start()
}

func (c *crowd) tried() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tries
}

// full starts a scheduler on a machine that is full for an entry.
func (w *world) full(cfg crontab.Config, c *crowd, entries ...string) (stop func()) {
	w.Helper()
	l := w.launcher()
	l.Fork = c.fork
	s := w.prepare(cfg, l)
	for _, e := range entries {
		w.entered(w.dead(), due(e, noon))
	}
	return w.run(s)
}

// The machine has no room for one more process, and has it a moment later.
func TestForkThatFailsForAMomentIsTriedAgain(t *testing.T) {
	for _, err := range []error{syscall.EAGAIN, syscall.ENOMEM, syscall.EMFILE, syscall.ENFILE} {
		t.Run(err.Error(), func(t *testing.T) {
			w := newWorld(t, sqldb.SQLite)
			c := &crowd{entry: "ok", err: err, left: 3}
			w.full(config(), c, "ok")
			w.await("it is run", func() bool { return w.runs("state = 'success'") == 1 })
			require.Equal(t, 4, c.tried())
			require.Len(t, noted(w.home, "begins"), 1)
			require.Equal(t, 1, w.logs.FilterMessage("a cron task cannot be started at the moment, and is tried again").Len())
		})
	}
}

// It is tried for as long as the tick may be late, holds up nobody meanwhile, and its
// row says what happened.
func TestForkThatGoesOnFailingIsAFailure(t *testing.T) {
	dialects(t, func(w *world) {
		c := &crowd{entry: "ok", err: syscall.EAGAIN, left: -1}
		cfg := config()
		cfg.Late = 3 * time.Second
		w.full(cfg, c, "ok", "crash")
		w.await("another one is run", func() bool { return w.runs("entry = 'crash' AND state = 'failed'") == 1 })
		require.Equal(w, 1, w.runs("entry = 'ok' AND state = 'starting'"), "it is still tried")
		w.await("it has failed", func() bool {
			return w.runs("entry = 'ok' AND state = 'failed' AND reason LIKE 'its process could not be started: fork/exec % resource temporarily unavailable (tried % times within %)'") == 1
		})
		require.Greater(w, c.tried(), 1)
		require.Empty(w, noted(w.home, "begins script1/ok"))
	})
}

func TestForkThatCannotWorkIsNotTriedAgain(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	c := &crowd{entry: "ok", err: syscall.EACCES, left: -1}
	w.full(config(), c, "ok")
	w.await("it has failed", func() bool { return w.runs("state = 'failed' AND reason LIKE '%: permission denied'") == 1 })
	require.Equal(t, 1, c.tried())
}

// The daemon ends while it still tries: nothing was started, so the next one may.
func TestDaemonThatEndsWhileItTriesToForkLeavesTheTickToTheNext(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	c := &crowd{entry: "ok", err: syscall.EAGAIN, left: -1}
	stop := w.full(config(), c, "ok")
	w.await("it is tried", func() bool { return c.tried() > 1 })
	stop()
	require.Equal(t, 1, w.runs("state = 'starting'"))
	w.scheduler(config())
	w.await("it is run", func() bool { return w.runs("state = 'success'") == 1 })
	require.Len(t, noted(w.home, "begins"), 1)
}

func TestRunByHandWaitsForRoom(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	l := w.launcher()
	l.Fork = (&crowd{entry: "ok", err: syscall.EAGAIN, left: 2}).fork
	_, wait, err := crontab.StartByHand(t.Context(), w.ledger, l, partition, crontab.Entry{ID: "ok", ExecCmd: "ok"})
	require.NoError(t, err)
	r, err := wait(t.Context())
	require.NoError(t, err)
	require.Equal(t, crontab.Success, r.State)

	l.Fork, l.Patience = (&crowd{entry: "ok", err: syscall.EAGAIN, left: -1}).fork, 50*time.Millisecond
	_, _, err = crontab.StartByHand(t.Context(), w.ledger, l, partition, crontab.Entry{ID: "ok", ExecCmd: "ok"})
	require.ErrorContains(t, err, "resource temporarily unavailable (tried 2 times within")
	require.Equal(t, 1, w.runs("state = 'failed' AND reason LIKE '%(tried 2 times%'"))
}
