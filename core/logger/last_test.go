package logger_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/logger"
)

func TestLastLinesOfTasks(t *testing.T) {
	root := t.TempDir()
	write := func(name string, lines ...string) {
		path := filepath.Join(root, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	}
	line := func(task, text string) string { return `{"msg":"` + text + `","task_id":"` + task + `"}` }
	write("2026-11-20.log", line("7", "yesterday"))
	write("2026-11-21.log", line("7", "first"), line("8", "other"), "torn {", line("7", "second"), line("7", "third"))
	write("orders/2026-11-21.2.log", line("7", "of the newest file"))
	write("orders/2026-11-21.log", line("7", "of an older one"))
	write("notes.txt", line("7", "no log"))

	lines, err := logger.LastLines(root, []string{"7", "9"}, 2)
	require.NoError(t, err)
	require.Equal(t, map[string][]string{"7": {line("7", "third"), line("7", "of the newest file")}}, lines)
}
