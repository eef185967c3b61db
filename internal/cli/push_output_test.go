package cli_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/sqldb"
	"simplest_script/internal/cli"
	"simplest_script/test/dbtest"
)

// told is what one push of a file has written to a person.
type told struct {
	code    int
	written string
}

// pushShown pushes the text on a database of its own. In what is written the file is
// called FILE.
func pushShown(t *testing.T, text string, terminal bool) told {
	t.Helper()
	l := newLines(t, sqldb.SQLite)
	file := filepath.Join(l.cfg.Home, "jobs.jsonl")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	var written bytes.Buffer
	code := cli.Execute(t.Context(), []string{"push", "--home", l.cfg.Home, "--file", file}, cli.IO{
		Out: &written, Err: &written, OutTerminal: terminal, ErrTerminal: terminal,
		Environ: append(os.Environ(), "SCRIPT_MYSQL_DBCONSOLE="+l.cfg.Mysql[dbtest.Own].Reveal()),
	}, shop())
	return told{code, strings.ReplaceAll(written.String(), file, "FILE")}
}

// strokes are a line, and the way back over so many lines, which erases them.
var strokes = regexp.MustCompile(`\x1b\[(\d+)A\x1b\[J|([^\x1b\n]*)\n`)

// screen returns every line that was ever on the terminal, and those that are left.
func (s told) screen(t *testing.T) (ever, left []string) {
	t.Helper()
	understood := 0
	for _, stroke := range strokes.FindAllStringSubmatch(s.written, -1) {
		understood += len(stroke[0])
		if stroke[1] == "" {
			ever, left = append(ever, stroke[2]), append(left, stroke[2])
			continue
		}
		up, err := strconv.Atoi(stroke[1])
		require.NoError(t, err)
		require.LessOrEqual(t, up, len(left))
		left = left[:len(left)-up]
	}
	require.Equal(t, len(s.written), understood, "there are other commands to the terminal in %q", s.written)
	return ever, left
}

// On a terminal a bar shows how far the push is. It is gone at the end, and what else was
// said stands there as it does where there is no terminal.
func TestPushOnATerminalShowsABarAndLeavesTheMessages(t *testing.T) {
	var text strings.Builder
	for n := range 1000 {
		switch n + 1 {
		case 3:
			fmt.Fprintln(&text, `{"exec_cmd":""}`)
		case 700:
			fmt.Fprintln(&text, `{"exec_cmd":"mail","dealy_time":3600}`)
		default:
			fmt.Fprintln(&text, `{"exec_cmd":"mail","delay_time":3600}`)
		}
	}
	plain, shown := pushShown(t, text.String(), false), pushShown(t, text.String(), true)
	require.Equal(t, []int{1, 1}, []int{plain.code, shown.code}, "%s", plain.written)
	require.NotContains(t, plain.written, "\x1b")
	require.NotContains(t, plain.written, "pushing")
	for _, message := range []string{"FILE:3:13: exec_cmd is empty", `FILE:700:20: unknown key "dealy_time"`, "998 jobs pushed\n", "2 lines not pushed: 3,700. Correct them in FILE"} {
		require.Contains(t, plain.written, message)
	}

	ever, left := shown.screen(t)
	require.Regexp(t, `(?m)^pushing +\[=+\] 100 % `, strings.Join(ever, "\n"))
	require.Equal(t, plain.written, strings.Join(left, "\n")+"\n")
}

// The bar tells how far the push was, and what broke it off is left to be read.
func TestPushThatBreaksOffOnATerminalTakesItsBarAway(t *testing.T) {
	line := fmt.Sprintf("{\"exec_cmd\":\"mail\",\"delay_time\":3600,\"params\":\"%0400d\"}\n", 0)
	text := strings.Repeat(line, 1000) + strings.Repeat("x", 1<<20+1) + "\n"
	plain, shown := pushShown(t, text, false), pushShown(t, text, true)
	require.Equal(t, []int{1, 1}, []int{plain.code, shown.code}, "%s", plain.written)
	require.Contains(t, plain.written, "FILE:1001: the line is longer than 1048576 bytes")

	ever, left := shown.screen(t)
	require.Regexp(t, `(?m)^pushing +\[=+>?-+\] [1-9]\d % `, strings.Join(ever, "\n"))
	require.Equal(t, plain.written, strings.Join(left, "\n")+"\n")
}
