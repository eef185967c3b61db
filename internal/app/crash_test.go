package app

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

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

// crashes returns the names of the files in a folder for crashes.
func crashes(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	require.NoError(t, err)
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}

func TestOldCrashesAreForgotten(t *testing.T) {
	folder := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "1795305600-7.txt"), []byte("fatal error"), 0o600))
	forgetCrashes(folder, time.Now().Add(keepCrashes-time.Hour))
	require.Len(t, crashes(t, folder), 1, "perhaps nobody has read it")
	forgetCrashes(folder, time.Now().Add(keepCrashes+time.Hour))
	require.Empty(t, crashes(t, folder))
}

// That there is a file without a word tells of a job that its daemon was killed, and
// jobs are looked at a while after the next daemon has started.
func TestSilentFileOfADeadDaemonGoesADayAfterItWasFound(t *testing.T) {
	folder, began, now := t.TempDir(), time.Unix(1795305600, 0), time.Unix(1797897600, 0)
	pid := os.Getppid() // by now another process has its id
	file, err := newCrash(t.Context(), zap.NewNop(), folder, began, pid)
	require.NoError(t, err)
	require.NoError(t, file.Close()) // the process is dead
	require.NoError(t, os.WriteFile(filepath.Join(folder, "notes"), nil, 0o600))

	for _, later := range []time.Duration{0, time.Hour, 23 * time.Hour} {
		forgetCrashes(folder, now.Add(later))
		text, err := crashOf(folder, pid, began)
		require.NoError(t, err)
		require.Contains(t, text, "killed (SIGKILL, or out of memory)")
	}
	forgetCrashes(folder, now.Add(25*time.Hour))
	require.Equal(t, []string{"notes"}, crashes(t, folder), "what is none of ours stays")
}

// One that runs beside this one, of another partition, for months.
func TestSilentFileOfALivingDaemonStays(t *testing.T) {
	folder, began := t.TempDir(), time.Unix(1795305600, 0)
	living, err := newCrash(t.Context(), zap.NewNop(), folder, began, 7)
	require.NoError(t, err)
	now := began.Add(100 * 24 * time.Hour)
	forgetCrashes(folder, now)
	forgetCrashes(folder, now.Add(48*time.Hour))
	require.Len(t, crashes(t, folder), 1)

	require.NoError(t, living.Close())
	forgetCrashes(folder, now.Add(72*time.Hour))
	require.Len(t, crashes(t, folder), 1, "it has only just died")
	forgetCrashes(folder, now.Add(97*time.Hour))
	require.Empty(t, crashes(t, folder))
}

func TestDaemonKeepsItsFileAsLongAsItRuns(t *testing.T) {
	m := &Machine{Config: &conf.Config{Home: t.TempDir()}}
	forget, err := m.catchCrash(t.Context(), zap.NewNop())
	require.NoError(t, err)
	own := crashes(t, m.crashFolder())
	require.Len(t, own, 1)
	for _, later := range []time.Duration{time.Hour, 48 * time.Hour} {
		forgetCrashes(m.crashFolder(), time.Now().Add(later))
	}
	require.Equal(t, own, crashes(t, m.crashFolder()))
	require.NoError(t, forget())
	require.Empty(t, crashes(t, m.crashFolder()), "it ended in order")
}

// In containers that share a volume two daemons can have the same id, and one file.
func TestEndInOrderLeavesWhatIsAnothers(t *testing.T) {
	m := &Machine{Config: &conf.Config{Home: t.TempDir()}}
	forget, err := m.catchCrash(t.Context(), zap.NewNop())
	require.NoError(t, err)
	path := filepath.Join(m.crashFolder(), crashes(t, m.crashFolder())[0])
	other, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	require.NoError(t, err)
	require.NoError(t, holdCrash(t.Context(), other))
	require.NoError(t, forget())
	require.FileExists(t, path, "the other one still runs")
	_, err = other.WriteString("fatal error: concurrent map writes")
	require.NoError(t, errors.Join(err, other.Close()))
	require.NoError(t, forgetOwnCrash(path))
	require.FileExists(t, path, "nobody has read it")
}

// Somebody cleans up old logs: that is no failure of a daemon that ends in order.
func TestFileForACrashMayBeGoneAtTheEnd(t *testing.T) {
	m := &Machine{Config: &conf.Config{Home: t.TempDir()}}
	forget, err := m.catchCrash(t.Context(), zap.NewNop())
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(m.crashFolder()))
	require.NoError(t, forget())
}
