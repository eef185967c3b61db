//go:build unix

package rig

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

// Await waits until the condition holds, and fails where it does not, or where a
// process ends meanwhile that should not.
func (w *World) Await(what string, holds func() bool) {
	w.tb.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for began := time.Now(); !holds(); <-look.C {
		for _, p := range w.processes {
			if p.Ended() && !p.mayGo.Load() {
				require.Fail(w.tb, "a process has ended", "while waiting until %s: pid %d, %s:\n%s", what, p.PID, p.name, p.Output())
			}
		}
		if time.Since(began) > w.Patience {
			require.Fail(w.tb, "waited in vain until "+what)
		}
	}
}

// Count returns how many rows the query counts.
func (w *World) Count(query string, args ...any) (n int) {
	w.tb.Helper()
	require.NoError(w.tb, w.DB.QueryRowContext(context.Background(), "SELECT COUNT(*) FROM "+query, args...).Scan(&n))
	return n
}

// InStatus counts the jobs in a status.
func (w *World) InStatus(s core.DelayStatus) int {
	w.tb.Helper()
	return w.Count("delay_queue_log WHERE status = ?", int(s))
}

// Logs returns what all daemons of this world have logged so far, line by line.
func (w *World) Logs() []string {
	w.tb.Helper()
	files, err := filepath.Glob(filepath.Join(w.Home, "logs", "*.log"))
	require.NoError(w.tb, err)
	var lines []string
	for _, path := range files {
		text, err := os.ReadFile(path)
		require.NoError(w.tb, err)
		lines = append(lines, strings.Split(strings.TrimSpace(string(text)), "\n")...)
	}
	return lines
}

// LoggedWithin returns how far apart the times of day are that stand in the log.
func (w *World) LoggedWithin() time.Duration {
	w.tb.Helper()
	var first, last time.Time
	for _, text := range w.Logs() {
		var line struct{ Time time.Time }
		if json.Unmarshal([]byte(text), &line) != nil {
			continue // cut off by a kill
		}
		if first.IsZero() || line.Time.Before(first) {
			first = line.Time
		}
		if line.Time.After(last) {
			last = line.Time
		}
	}
	return last.Sub(first)
}

// Logged counts the lines that contain the text.
func (w *World) Logged(text string) int {
	n := 0
	for _, l := range w.Logs() {
		if strings.Contains(l, text) {
			n++
		}
	}
	return n
}

// dumpLines is how much of the log a failed test shows.
const dumpLines = 60

func (w *World) dump() {
	lines := w.Logs()
	w.tb.Logf("the end of %s:\n%s", filepath.Join(w.Home, "logs"), strings.Join(lines[max(0, len(lines)-dumpLines):], "\n"))
}
