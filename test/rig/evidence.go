//go:build unix

package rig

import (
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/test/rig/audit"
)

// Evidence collects what was recorded so far. Nothing should be in motion any more.
func (w *World) Evidence() audit.Evidence {
	w.tb.Helper()
	ctx := context.Background()
	e := audit.Evidence{Pushes: w.pushes, Disturbed: w.disturbed, Acts: w.acts, Chain: Chain}
	files, err := filepath.Glob(filepath.Join(w.journals(), "*.jsonl"))
	require.NoError(w.tb, err)
	for _, path := range files {
		runs, pushes, err := readJournal(path)
		require.NoError(w.tb, err)
		e.Runs, e.Pushes = append(e.Runs, runs...), append(e.Pushes, pushes...)
	}
	e.Changes, err = changes(ctx, w.DB)
	require.NoError(w.tb, err)
	e.Jobs, err = sqldb.Collect(func(rows *sql.Rows) (j audit.Job, err error) {
		var result string
		err = rows.Scan(&j.ID, &j.Name, &j.Kind, &j.Key, &j.MaxLate, &j.Status, &j.Owner, &j.LateMs, &result)
		if pid, noPID := strconv.Atoi(result); noPID == nil { // the kind Work says so
			j.Writer = pid
		}
		return j, err
	})(w.DB.QueryContext(ctx, "SELECT id, name, exec_cmd, unique_key, max_late_ms, status, owner, late_ms, result FROM delay_queue_log ORDER BY id"))
	require.NoError(w.tb, err)
	e.Business, err = business(ctx, w.DB)
	require.NoError(w.tb, err)
	e.Daemons, err = w.Incarnations()
	require.NoError(w.tb, err)
	return e
}

// Incarnations returns the rows of script_daemon, in the order of their beginning.
func (w *World) Incarnations() ([]audit.Daemon, error) {
	return sqldb.Collect(func(rows *sql.Rows) (d audit.Daemon, err error) {
		err = rows.Scan(&d.ID, &d.PID, &d.Dead, &d.Why, &d.Beat, &d.Ended)
		return d, err
	})(w.DB.QueryContext(context.Background(), "SELECT id, pid, dead, why, beat_at, ended_at FROM script_daemon ORDER BY started_at"))
}

// faultsShown is how many broken promises a failed test lists.
const faultsShown = 25

// Audit examines the evidence, prints the summary, and fails the test where a
// promise was broken. It returns the report for what a test expects besides.
func (w *World) Audit() *audit.Report {
	w.tb.Helper()
	return w.Judge(w.Evidence())
}

// Judge is Audit of evidence that the test has added to.
func (w *World) Judge(e audit.Evidence) *audit.Report {
	w.tb.Helper()
	r := audit.Examine(e)
	w.tb.Logf("%s: %s", w.DB.Dialect, r)
	if n := len(r.Faults); n > 0 {
		w.keep()
		w.tb.Errorf("%d faults:\n  %s", n, strings.Join(r.Faults[:min(n, faultsShown)], "\n  "))
	}
	return r
}

// keep copies logs and journals of a failed test to where RIG_KEEP says, for a
// person to look into.
func (w *World) keep() {
	if dir := os.Getenv("RIG_KEEP"); dir != "" {
		require.NoError(w.tb, os.CopyFS(filepath.Join(dir, w.tb.Name()), os.DirFS(w.Home)))
	}
}
