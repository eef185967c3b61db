package cli_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const greeters = `[
  {"name": "list", "exec_cmd": "greet_list", "key": "greetings", "progress": 1, "max_progress": 1, "progress_lag_limit": 1000, "progress_avg_msgcount": 100, "status": 1},
  {"name": "topic", "exec_cmd": "greet_topic", "topic": "greetings", "group_id": "greeters", "progress": 1, "max_progress": 1, "progress_lag_limit": 1000, "progress_avg_msgcount": 100, "status": 1}
]`

func TestPushedMessagesArrive(t *testing.T) {
	home := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(home, "etc"), 0o755))
	for name, text := range map[string]string{"dev.yaml": "TimeZone: Asia/Shanghai\n", "queue_script1.json": greeters} {
		require.NoError(t, os.WriteFile(filepath.Join(home, "etc", name), []byte(text), 0o600))
	}
	program := func(words ...string) *exec.Cmd {
		cmd := exec.Command("simplest_script", words...)
		cmd.Dir, cmd.Env = home, append(os.Environ(), "GORACE=atexit_sleep_ms=0")
		return cmd
	}
	daemon := program("run", "--for", "1m")
	out, err := daemon.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, daemon.Start())
	awaitLine(t, out, "ready after")

	push := func(stdin, says string, words ...string) {
		cmd := program(append([]string{"push"}, words...)...)
		cmd.Stdin = strings.NewReader(stdin)
		answer, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", answer)
		require.Contains(t, string(answer), says)
	}
	push("", "sent 2 messages to greetings\n", "--list", "greetings", "hello", "world")
	push("one\n\ntwo\nthree", `"sent": 3`, "--list", "greetings", "--file", "-", "--json")
	push("", "sent 1 message to greetings\n", "--topic", "greetings", "hello", "--key", "you")

	want := []string{"list:_hello", "list:_one", "list:_three", "list:_two", "list:_world", "topic:_hello_you"}
	greeted := func() []string {
		text, _ := os.ReadFile(filepath.Join(home, "greeted"))
		lines := strings.Fields(strings.ReplaceAll(string(text), " ", "_"))
		slices.Sort(lines)
		return lines
	}
	require.Eventually(t, func() bool { return len(greeted()) >= len(want) }, time.Minute, 50*time.Millisecond)
	require.NoError(t, daemon.Process.Signal(os.Interrupt))
	require.NoError(t, daemon.Wait())
	require.Equal(t, want, greeted(), "each once")
}

// awaitLine reads on until a line holds the text, and what comes later to nowhere.
func awaitLine(t *testing.T, out io.Reader, text string) {
	t.Helper()
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), text) {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return
		}
	}
	t.Fatalf("it ended before it said %q", text)
}
