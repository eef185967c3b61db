package app

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/conf"
)

func TestCrashIsToldOfTheProcessThatTheDaemonWas(t *testing.T) {
	folder := t.TempDir()
	const first, second, third = 1795305600, 1795305700, 1795305800 // when daemons began
	write := func(seconds int64, pid int, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, crashName(time.Unix(seconds, 0), pid)), []byte(text), 0o600))
	}
	crash := func(pid int, began int64) string {
		text, err := crashOf(folder, pid, time.Unix(began, 0))
		require.NoError(t, err)
		return text
	}
	require.Empty(t, crash(7, first))
	write(first, 7, "fatal error: concurrent map writes\n")
	require.Equal(t, "the process ended with: fatal error: concurrent map writes\n", crash(7, first))
	write(second, 7, "")
	require.Contains(t, crash(7, first), "concurrent map writes")
	require.Contains(t, crash(7, second), "killed (SIGKILL, or out of memory)")
	require.Empty(t, crash(77, second), "another process")

	// In a container every daemon has the same id.
	write(first, os.Getpid(), "SIGSEGV: segmentation violation")
	write(third, os.Getpid(), "") // this process
	require.Contains(t, crash(os.Getpid(), first), "SIGSEGV")
	require.Empty(t, crash(os.Getpid(), third), "it lost its lease, and lives")

	none, err := crashOf(filepath.Join(folder, "none"), 7, time.Unix(first, 0))
	require.NoError(t, err)
	require.Empty(t, none)
}

func TestOldCrashesAreForgottenAndLivingDaemonsAreNot(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "1795305600-7.txt"), []byte("fatal error"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "1795305600-8.txt"), nil, 0o600)) // it may run for months
	forgetCrashes(folder, time.Now().Add(time.Hour))
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Len(t, left, 1)
	require.Equal(t, "1795305600-8.txt", left[0].Name())
}

// Somebody cleans up old logs: that is no failure of a daemon that ends in order.
func TestFileForACrashMayBeGoneAtTheEnd(t *testing.T) {
	m := &Machine{Config: &conf.Config{Home: t.TempDir()}}
	forget, err := m.catchCrash()
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(m.crashFolder()))
	require.NoError(t, forget())
}
