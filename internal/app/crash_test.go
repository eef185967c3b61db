package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestCrashIsToldOfTheNewestProcess(t *testing.T) {
	folder := t.TempDir()
	write := func(seconds int64, pid int, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, crashName(time.Unix(seconds, 0), pid)), []byte(text), 0o600))
	}
	crash := func(pid int) string {
		text, err := crashOf(folder, pid)
		require.NoError(t, err)
		return text
	}
	require.Empty(t, crash(7))
	write(1795305600, 7, "fatal error: concurrent map writes\n")
	require.Equal(t, "the process ended with: fatal error: concurrent map writes\n", crash(7))
	write(1795305700, 7, "")
	require.Contains(t, crash(7), "killed (SIGKILL, or out of memory)")
	require.Empty(t, crash(77), "another process")

	// In a container every daemon has the same id.
	write(1795305600, os.Getpid(), "SIGSEGV: segmentation violation")
	write(1795305700, os.Getpid(), "")
	require.Contains(t, crash(os.Getpid()), "SIGSEGV")

	forgetCrashes(folder, time.Now().Add(time.Hour))
	require.Empty(t, crash(7))
	none, err := crashOf(filepath.Join(folder, "none"), 7)
	require.NoError(t, err)
	require.Empty(t, none)
}
