//go:build unix

package consume_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/tool/sqldb"
)

// noteTick writes down that a cron task was called, beside the folder of the journal.
func noteTick(dir string, t *core.Task) error {
	file, err := os.OpenFile(dir+".ticks", os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(file, t.ID)
	return errors.Join(err, file.Close())
}

// everySecond writes crontab_script1.json: one task each second.
func (w *world) everySecond(execCmd string) {
	w.t.Helper()
	text := fmt.Appendf(nil, `[{"cron": "* * * * * *", "name": "consume", "exec_cmd": %q, "params": "", "status": 2, "is_log": 1}]`, execCmd)
	require.NoError(w.t, os.WriteFile(filepath.Join(w.Home, "etc", "crontab_script1.json"), text, 0o600))
}

// ticks returns how many cron tasks were called.
func (w *world) ticks() int {
	w.t.Helper()
	text, err := os.ReadFile(w.dir + ".ticks")
	if errors.Is(err, os.ErrNotExist) {
		return 0
	}
	require.NoError(w.t, err)
	return bytes.Count(text, []byte("\n"))
}

// outcomes fails the test where a tick has none, or where a run did not end well. It
// returns how many ticks were missed. What a daemon had the permission for and did not
// begin before it ended is for the next daemon to decide.
func (w *world) outcomes() (missed int) {
	w.t.Helper()
	unsettled := func() int { return w.Count("script_cron_run WHERE state = 'starting'") }
	left := unsettled()
	if left > 0 {
		next := w.daemon()
		w.Await("the next daemon has decided what the last one left", func() bool { return unsettled() == 0 })
		w.ends(next)
	}
	// One that was taken for lost while the database was away tells of its success itself.
	const ill = "script_cron_run WHERE state NOT IN ('success', 'missed')"
	defer func() {
		if w.t.Failed() {
			w.t.Log(sqldb.Column[string](w.DB.QueryContext(context.Background(), "SELECT state FROM "+ill)))
			w.t.Log(sqldb.Column[string](w.DB.QueryContext(context.Background(), "SELECT reason FROM "+ill)))
		}
	}()
	w.Await("all cron runs have ended well", func() bool { return w.Count(ill) == 0 })
	all, err := sqldb.Column[int64](w.DB.QueryContext(context.Background(), "SELECT tick FROM script_cron_run ORDER BY tick"))
	require.NoError(w.t, err)
	require.NotEmpty(w.t, all)
	require.Len(w.t, all, int(all[len(all)-1]-all[0])+1, "every tick has one outcome: %v", all)
	missed = w.Count("script_cron_run WHERE state = 'missed'")
	require.LessOrEqual(w.t, w.Count("script_cron_run WHERE state = 'missed' AND reason LIKE '% had the permission, and ended before the task began'"), left)
	require.Equal(w.t, len(all), missed+w.Count("script_cron_run WHERE state = 'success'"))
	require.Equal(w.t, len(all), missed+w.ticks(), "what was called is a success, and nothing else is")
	return missed
}
