package logger_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"simplest_script/core/logger"
)

// childEnv names what this test binary does instead of running the tests, when a
// test starts it as another process.
const childEnv = "LOGGER_TEST_CHILD"

func TestMain(m *testing.M) {
	if name := os.Getenv(childEnv); name != "" {
		if err := children[name](os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	goleak.VerifyTestMain(m)
}

// child returns the command that runs children[name] in a process of its own.
func child(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	cmd := exec.CommandContext(t.Context(), self, args...)
	cmd.Env = append(os.Environ(), childEnv+"="+name)
	return cmd
}

// newSet returns a Set that is closed with the test.
func newSet(t *testing.T, o logger.Options) *logger.Set {
	t.Helper()
	s, err := logger.New(o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return s
}

// hand is a clock that moves when it is told to.
type hand struct {
	mu  sync.Mutex
	now time.Time
}

func at(t *testing.T, rfc3339 string) *hand {
	t.Helper()
	now, err := time.Parse(time.RFC3339Nano, rfc3339)
	require.NoError(t, err)
	return &hand{now: now}
}

func (h *hand) Now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.now
}

func (h *hand) advance(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now = h.now.Add(d)
}

// logged returns the messages in one file, in their order. Each line must be whole.
func logged(t *testing.T, path string) []string {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	var in io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		in, err = gzip.NewReader(file)
		require.NoError(t, err)
	}
	var msgs []string
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if len(lines.Bytes()) == 0 {
			continue // a line break that guards against a torn line
		}
		var line struct{ Msg string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &line), "%s: %s", path, lines.Text())
		msgs = append(msgs, line.Msg)
	}
	require.NoError(t, lines.Err())
	return msgs
}

// files returns the names in a folder, without the lock of the housekeeping.
func files(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	names := []string{}
	for _, e := range entries {
		if e.Name() != ".housekeeping.lock" {
			names = append(names, e.Name())
		}
	}
	return names
}

// loggedIn returns the messages in all files of a folder, sorted.
func loggedIn(t *testing.T, folder string) []string {
	t.Helper()
	var msgs []string
	for _, name := range files(t, folder) {
		msgs = append(msgs, logged(t, filepath.Join(folder, name))...)
	}
	slices.Sort(msgs)
	return msgs
}

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
}
