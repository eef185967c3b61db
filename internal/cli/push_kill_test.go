package cli_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// A push that is killed again and again pushes each line once.
func TestKilledPushGoesOnWithoutLossAndWithoutDoubles(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		l := newLines(t, d)
		file := filepath.Join(l.cfg.Home, "jobs.jsonl")
		require.NoError(t, os.WriteFile(file, []byte(l.text), 0o600))
		command := func() *exec.Cmd { return l.push("--file", file) }
		for n := range 4 {
			killAfter(t, command(), n+1)
		}
		out, err := command().CombinedOutput()
		require.NoError(t, err, "%s", out)
		l.requireOnce()
	})
}

// lines are jobs for processes of the program to push.
type lines struct {
	*testing.T
	cfg  *conf.Config
	db   *sqldb.DB
	text string
}

// manyLines is more than some transactions of a push hold.
const manyLines = 10_000

func newLines(t *testing.T, d sqldb.Dialect) *lines {
	t.Helper()
	cfg := dbtest.Config(t, d)
	db, err := dbtest.Services(t, cfg).Own(t.Context())
	require.NoError(t, err)
	require.NoError(t, schema.Migrate(t.Context(), db))
	var text strings.Builder
	for n := range manyLines {
		fmt.Fprintf(&text, "{\"exec_cmd\":\"mail\",\"name\":\"%d\",\"delay_time\":3600}\n", n)
	}
	return &lines{t, cfg, db, text.String()}
}

// push is the command that pushes, not yet started.
func (l *lines) push(flags ...string) *exec.Cmd {
	cmd := exec.CommandContext(l.Context(), "simplest_script", append([]string{"push", "--home", l.cfg.Home}, flags...)...)
	cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "SCRIPT_MYSQL_DBCONSOLE="+l.cfg.Mysql[dbtest.Own].Reveal())
	return cmd
}

// requireOnce makes sure that each line is there once.
func (l *lines) requireOnce() {
	l.Helper()
	var jobs, names int
	require.NoError(l, l.db.QueryRowContext(l.Context(), "SELECT COUNT(*), COUNT(DISTINCT name) FROM delay_queue_log").Scan(&jobs, &names))
	require.Equal(l, manyLines, jobs)
	require.Equal(l, manyLines, names)
}

// killAfter kills the command when it has reported so many batches.
func killAfter(t *testing.T, cmd *exec.Cmd, batches int) {
	t.Helper()
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for range batches {
		require.True(t, lines.Scan(), "it ended before it could be killed")
		require.True(t, strings.HasPrefix(lines.Text(), "lines "), lines.Text())
	}
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
}
