//go:build linux

package cron_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// patience is how long anything is waited for that must come.
const patience = 2 * time.Minute

// world is an installation for the time of one test.
type world struct {
	*testing.T
	db   *sqldb.DB
	home string
	dsn  string
	runs int

	program string // that is started as the daemon
}

const settings = `Host: 127.0.0.1
Port: -1
Mysql:
  DBConsole: %q
Logger:
  Path: logs
`

func newWorld(t *testing.T, d sqldb.Dialect, crontab string) *world {
	t.Helper()
	cfg := dbtest.Config(t, d)
	db, err := dbtest.Services(t, cfg).Own(t.Context())
	require.NoError(t, err)
	require.NoError(t, schema.Migrate(t.Context(), db))
	w := &world{T: t, db: db, home: cfg.Home, dsn: cfg.Mysql[cfg.OwnMysql].Reveal()}
	w.program, err = os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Join(w.home, "etc"), 0o750))
	w.write("etc/test.yaml", fmt.Sprintf(settings, w.dsn))
	w.write("etc/crontab_script1.json", crontab)
	t.Cleanup(func() {
		if w.Failed() {
			w.dump()
		}
		for _, pid := range w.tasks() {
			_ = syscall.Kill(-pid, syscall.SIGKILL) // it may have ended
		}
		w.await("all tasks have ended", func() bool { return len(w.tasks()) == 0 })
	})
	return w
}

func (w *world) write(name, text string) {
	w.Helper()
	require.NoError(w, os.WriteFile(filepath.Join(w.home, name), []byte(text), 0o600))
}

func (w *world) await(what string, holds func() bool) {
	w.Helper()
	require.Eventually(w, holds, patience, 20*time.Millisecond, what)
}

func (w *world) count(what string) (n int) {
	w.Helper()
	require.NoError(w, w.db.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM "+what).Scan(&n))
	return n
}

// tasks returns the processes of tasks of this world, also of daemons that are gone.
func (w *world) tasks() (pids []int) {
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(w, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err == nil && strings.Contains(string(text), "\x00task\x00--home\x00"+w.home+"\x00") {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			require.NoError(w, err)
			pids = append(pids, pid)
		}
	}
	return pids
}

// noted returns the ids that tasks noted behind a word.
func (w *world) noted(word string) (ids []string) {
	text, err := os.ReadFile(filepath.Join(w.home, "journal"))
	if err != nil {
		return nil // none yet
	}
	for line := range strings.Lines(string(text)) {
		if id, found := strings.CutPrefix(strings.TrimSpace(line), word+" "); found {
			ids = append(ids, id)
		}
	}
	return ids
}

// daemon is a whole daemon in a process of its own.
type daemon struct {
	w    *world
	cmd  *exec.Cmd
	out  string // the file with what it prints
	over chan struct{}
}

// daemon starts a daemon and waits until it is ready.
func (w *world) daemon() *daemon {
	w.Helper()
	w.runs++
	d := &daemon{w: w, out: filepath.Join(w.home, fmt.Sprintf("daemon%d.out", w.runs)), over: make(chan struct{})}
	out, err := os.Create(d.out)
	require.NoError(w, err)
	defer out.Close()
	d.cmd = exec.Command(w.program, "run", "--home", w.home)
	d.cmd.Env = append(os.Environ(), "SCRIPT_ENV=test", journalVariable+"="+w.home)
	d.cmd.Stdout, d.cmd.Stderr = out, out
	require.NoError(w, d.cmd.Start())
	go func() { _ = d.cmd.Wait(); close(d.over) }() // how it ended is in ProcessState
	w.Cleanup(d.kill)
	w.await("the daemon is ready", func() bool {
		text, err := os.ReadFile(d.out)
		return err == nil && (strings.Contains(string(text), "ready after") || d.ended())
	})
	require.False(w, d.ended(), d.text())
	return d
}

func (d *daemon) text() string {
	text, err := os.ReadFile(d.out)
	require.NoError(d.w, err)
	return string(text)
}

func (d *daemon) ended() bool {
	select {
	case <-d.over:
		return true
	default:
		return false
	}
}

func (d *daemon) signal(s syscall.Signal) {
	d.w.Helper()
	require.NoError(d.w, d.cmd.Process.Signal(s))
}

func (d *daemon) kill() {
	_ = d.cmd.Process.Kill() // it may have ended
	<-d.over
}

// stop ends the daemon in good order.
func (d *daemon) stop() {
	d.w.Helper()
	d.signal(syscall.SIGTERM)
	<-d.over
	require.Equal(d.w, 0, d.cmd.ProcessState.ExitCode(), d.text())
}

// dumpLines is how much of the log a failed test shows.
const dumpLines = 60

func (w *world) dump() {
	lines := strings.Split(w.logged(), "\n")
	w.Logf("the end of the log:\n%s", strings.Join(lines[max(0, len(lines)-dumpLines):], "\n"))
}

// zombies counts the children of the daemon that nobody has waited for.
func (d *daemon) zombies() (n int) {
	paths, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(d.w, err)
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest)
		if len(fields) > 1 && fields[0] == "Z" && fields[1] == strconv.Itoa(d.cmd.Process.Pid) {
			n++
		}
	}
	return n
}
