//go:build linux

package cron_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/services"
)

const both = `[
	{"cron": "* * * * * *", "name": "story", "exec_cmd": "work", "params": "", "status": 2, "is_log": 1},
	{"cron": "* * * * * *", "name": "story", "exec_cmd": "long", "params": "", "status": 2, "is_log": 1, "overlap": "skip"}
]`

// The database is killed while tasks run, and stays away for some ticks. Nothing is
// run without its row, nothing crashes, a task that ends meanwhile tells its
// outcome afterwards, and in the end every tick has its outcome.
func TestDatabaseIsKilledAndStartedAgain(t *testing.T) {
	server := services.New(t, "mariadb")
	t.Setenv("TEST_MYSQL_DSN", server.Var("TEST_MYSQL_DSN"))
	w := newWorld(t, sqldb.MySQL, both)
	d := w.daemon()
	w.await("tasks run", func() bool { return len(w.noted("end")) > 0 && w.begun("long") == 1 })

	server.Kill()
	outage.Sleep(t.Context(), time.Second) // tasks that were being started have ended
	started := w.begun("work")
	w.write("gate", "")
	outage.Sleep(t.Context(), 3*time.Second)
	require.Equal(t, started, w.begun("work"), "no row, no run")
	server.Start()

	w.await("cron goes on", func() bool { return w.begun("work") >= started+6 })
	w.await("the long task is done", func() bool { return w.count("crontab_log WHERE exec_cmd = 'long' AND status = 'success'") > 0 })
	d.stop()
	w.await("no task is left", func() bool { return len(w.tasks()) == 0 })
	for _, entry := range []string{"work", "long"} {
		ticks, err := sqldb.Column[int64](w.db.QueryContext(context.Background(), "SELECT tick FROM script_cron_run WHERE entry = ? ORDER BY tick", entry))
		require.NoError(t, err)
		require.Len(t, ticks, int(ticks[len(ticks)-1]-ticks[0])+1, "every tick of %s has an outcome", entry)
	}
	require.Zero(t, w.count("script_cron_run WHERE state IN ('lost', 'failed', 'running', 'starting')"))
	require.Contains(t, w.logged(), "deciding cron ticks", "the log tells of the outage")
}

// begun counts the begun runs of an entry.
func (w *world) begun(entry string) (n int) {
	for _, id := range w.noted("begin") {
		if strings.HasPrefix(id, "script1/"+entry+"/") {
			n++
		}
	}
	return n
}

// logged returns the log of all processes.
func (w *world) logged() string {
	w.Helper()
	files, err := filepath.Glob(filepath.Join(w.home, "logs", "*.log"))
	require.NoError(w, err)
	var all strings.Builder
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(w, err)
		all.Write(text)
	}
	return all.String()
}
