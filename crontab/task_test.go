//go:build unix

package crontab_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/tool/sqldb"
	"simplest_script/crontab"
)

// task is a task of this process.
func (w *world) task() crontab.Task {
	return crontab.Task{
		Open: w.open, Registry: handlers(w.home), Outcomes: outcomes(w.home), Place: here, Self: child, Log: w.log,
		Beat: 10 * time.Millisecond, Grace: 20 * time.Millisecond, Patience: 100 * time.Millisecond, Insist: 50 * time.Millisecond,
	}
}

func (w *world) do(row crontab.Run) (crontab.Run, error) {
	w.Helper()
	r := w.entered(child, row)
	_, err := w.task().Run(w.Context(), r.ID, r.Token)
	r, readErr := w.ledger.Run(w.Context(), r.ID)
	require.NoError(w, readErr)
	return r, err
}

func TestTaskWritesItsOutcome(t *testing.T) {
	dialects(t, func(w *world) {
		r, err := w.do(due("ok", noon))
		require.NoError(w, err)
		require.Equal(w, []any{crontab.Success, `"{\"n\":1}"`, ""}, []any{r.State, r.Result, r.Reason})
		require.NoFileExists(w, filepath.Join(string(outcomes(w.home)), strconv.FormatUint(r.ID, 10)+"-11.json"))
		require.Equal(w, []string{"script1/ok/" + r.Tick.UTC().Format(time.RFC3339)}, noted(w.home, "begins"), "the id that every start of the tick has")
	})
}

// Weakness of the original: status always "success", even for an unknown command.
func TestOriginalWeaknessStatusIsAlwaysSuccess(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	for name, reason := range map[string]string{
		"fail": "no money", "panic": "panic: boom", "goexit": "the handler called runtime.Goexit", "never_heard_of": `no handler is registered for exec_cmd "never_heard_of"`,
	} {
		row := due(name, noon)
		row.IsLog = true
		r, err := w.do(row)
		require.NoError(t, err)
		require.Equal(t, crontab.Failed, r.State)
		require.Contains(t, r.Reason, reason)
		require.Equal(t, 1, count(t, w.db, "crontab_log WHERE status = 'failed' AND exec_cmd = '"+name+"' AND result <> ''"))
	}
}

func TestTaskEndsItselfAtItsTimeout(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	row := due("gate", noon)
	row.Timeout = 10 * time.Millisecond
	r, err := w.do(row)
	require.NoError(t, err)
	require.Equal(t, crontab.Failed, r.State)
	require.Contains(t, r.Reason, "handler timeout after 10ms")

	row = due("deaf", noon)
	row.Timeout = 10 * time.Millisecond
	r, err = w.do(row)
	require.ErrorIs(t, err, crontab.ErrStuck)
	require.Contains(t, r.Reason, "handler timeout; the handler does not return within 20ms, and was killed")
}

func TestTaskEndsWhenItIsAskedTo(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	r := w.entered(child, due("gate", noon))
	require.NoError(t, w.ledger.AskToStop(t.Context(), r.ID))
	_, err := w.task().Run(t.Context(), r.ID, r.Token)
	require.NoError(t, err)
	require.Contains(t, w.awaitState(r.ID, crontab.Failed).Reason, "cancelled by a person")

	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(core.ErrCancelled)
	r = w.entered(child, due("ok", noon))
	_, err = w.task().Run(ctx, r.ID, r.Token)
	require.Error(t, err, "it is over before it began")
}

func TestTaskWithoutPermissionDoesNothing(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	r := w.entered(child, due("ok", noon))
	_, err := w.task().Run(t.Context(), r.ID, r.Token+1)
	require.ErrorIs(t, err, crontab.ErrNotPermitted)
	require.Empty(t, noted(w.home, "begins"))
}

// The database goes away while a task runs and stays away until its process is
// gone: a daemon reads the outcome from the file and reports it.
func TestOutcomeOutlivesTheDatabase(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	r := w.entered(w.dead(), due("ok", noon))
	task := w.task()
	task.Place, task.Self = crontab.Here(), w.dead()
	away := errors.New("away")
	faults := w.faulty()
	faults.Refuse("SET state = ?", 1, away)
	task.Open = w.openFaulty
	_, err := task.Run(t.Context(), r.ID, r.Token)
	require.ErrorIs(t, err, away)
	require.NotEmpty(t, files(t, string(outcomes(w.home))))

	w.scheduler(config())
	require.Equal(t, `"{\"n\":1}"`, w.awaitState(r.ID, crontab.Success).Result)
	w.await("the file is removed", func() bool { return len(files(t, string(outcomes(w.home)))) == 0 })
}

func files(t *testing.T, dir string) []os.DirEntry {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	return entries
}

// A handler that does not return is not left alone with its work for as long as the
// database is away: its outcome is in the file.
func TestStuckTaskDoesNotWaitForTheDatabase(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	row := due("deaf", noon)
	row.Timeout = 10 * time.Millisecond
	r := w.entered(child, row)
	faults := w.faulty()
	faults.Refuse("SET state = ?", 1, mysql.ErrInvalidConn) // the next try is due after Grace
	task := w.task()
	task.Open, task.Insist = w.openFaulty, time.Hour
	_, err := task.Run(t.Context(), r.ID, r.Token)
	require.ErrorIs(t, err, crontab.ErrStuck)
	own, found, err := outcomes(w.home).Read(r)
	require.NoError(t, err)
	require.True(t, found)
	require.Equal(t, crontab.Failed, own.State)
}

// The machine of a run was away for so long that another one called the run lost.
// Back again, it delivers the outcome that the run left there.
func TestOutcomeThatWasLeftReplacesLost(t *testing.T) {
	w := newWorld(t, sqldb.SQLite)
	row := due("ok", noon)
	row.IsLog = true
	r := w.entered(child, row)
	r, err := w.ledger.Begin(t.Context(), r.ID, r.Token, here, child)
	require.NoError(t, err)
	_, err = w.ledger.Conclude(t.Context(), r, crontab.Outcome{State: crontab.Lost, Reason: "no beat"}, crontab.Running)
	require.NoError(t, err)
	require.NoError(t, outcomes(w.home).Write(r, crontab.Outcome{State: crontab.Success, Result: "7"}))
	folded := r
	folded.ID += 100
	require.NoError(t, outcomes(w.home).Write(folded, crontab.Outcome{State: crontab.Success}))
	require.NoError(t, os.WriteFile(filepath.Join(string(outcomes(w.home)), "1-2.json.new"), []byte("{"), 0o600))
	w.scheduler(config())
	require.Equal(t, "7", w.awaitState(r.ID, crontab.Success).Result)
	require.Equal(t, 1, count(t, w.db, "crontab_log WHERE status = 'success' AND result = '7'"))
	w.await("what nobody needs is removed", func() bool { return len(files(t, string(outcomes(w.home)))) == 1 })
}
