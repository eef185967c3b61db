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

	"simplest_script/core/schema"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// A push that is killed again and again pushes each line once.
func TestKilledPushGoesOnWithoutLossAndWithoutDoubles(t *testing.T) {
	dbtest.EachDialect(t, func(t *testing.T, d sqldb.Dialect) {
		cfg := dbtest.Config(t, d)
		db, err := dbtest.Services(t, cfg).Own(t.Context())
		require.NoError(t, err)
		require.NoError(t, schema.Migrate(t.Context(), db))

		const lines = 10_000
		var text strings.Builder
		for n := range lines {
			fmt.Fprintf(&text, "{\"exec_cmd\":\"mail\",\"name\":\"%d\",\"delay_time\":3600}\n", n)
		}
		file := filepath.Join(cfg.Home, "jobs.jsonl")
		require.NoError(t, os.WriteFile(file, []byte(text.String()), 0o600))
		command := func() *exec.Cmd {
			cmd := exec.Command("simplest_script", "push", "--home", cfg.Home, "--file", file)
			cmd.Env = append(os.Environ(), "GORACE=atexit_sleep_ms=0", "SCRIPT_MYSQL_DBCONSOLE="+cfg.Mysql[dbtest.Own].Reveal())
			return cmd
		}
		for n := range 4 {
			killAfter(t, command(), n+1)
		}
		out, err := command().CombinedOutput()
		require.NoError(t, err, "%s", out)

		var jobs, names int
		require.NoError(t, db.QueryRowContext(t.Context(), "SELECT COUNT(*), COUNT(DISTINCT name) FROM delay_queue_log").Scan(&jobs, &names))
		require.Equal(t, lines, jobs)
		require.Equal(t, lines, names)
	})
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
