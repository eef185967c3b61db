package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/conf"
)

// endOf returns what is told of the end of a daemon that is known here.
func endOf(t *testing.T, folder, daemon string, pid int) string {
	t.Helper()
	files, err := listCrashes(folder)
	require.NoError(t, err)
	file, known := crashOf(files, daemon, pid)
	require.True(t, known)
	text, err := file.tell()
	require.NoError(t, err)
	return text
}

func requireUnknown(t *testing.T, folder, daemon string, pid int) {
	t.Helper()
	files, err := listCrashes(folder)
	require.NoError(t, err)
	_, known := crashOf(files, daemon, pid)
	require.False(t, known)
}

// writeCrash leaves what a process leaves that was these daemons.
func writeCrash(t *testing.T, folder string, seconds int64, pid int, text string, daemons ...string) (path string) {
	t.Helper()
	path = filepath.Join(folder, crashName(time.Unix(seconds, 0), pid))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	if len(daemons) > 0 {
		require.NoError(t, os.WriteFile(daemonsOf(path), []byte(strings.Join(daemons, "\n")+"\n"), 0o600))
	}
	return path
}

// The clock of the host may be ahead of the database's, and be set back: no time is
// asked for. In a container every process has the same id.
func TestCrashIsToldOfTheProcessThatTheDaemonWas(t *testing.T) {
	folder, pid := t.TempDir(), os.Getpid()
	ahead := time.Now().Add(time.Hour).Unix()
	requireUnknown(t, folder, "first", pid)
	writeCrash(t, folder, ahead, pid, "fatal error: concurrent map writes\n", "first")
	writeCrash(t, folder, ahead-100, pid, "", "second", "third") // it had lost its lease once
	writeCrash(t, folder, ahead-200, pid, "SIGSEGV: segmentation violation", "fourth")
	require.Equal(t, "the process ended with: fatal error: concurrent map writes\n", endOf(t, folder, "first", pid))
	for _, daemon := range []string{"second", "third"} {
		require.Contains(t, endOf(t, folder, daemon, pid), "killed (SIGKILL, or out of memory)")
	}
	require.Equal(t, "the process ended with: SIGSEGV: segmentation violation", endOf(t, folder, "fourth", pid))
	requireUnknown(t, folder, "fifth", pid)
	requireUnknown(t, filepath.Join(folder, "none"), "first", pid)
}

func TestNoEndIsToldOfAProcessThatHasOnlyLostItsLease(t *testing.T) {
	folder := t.TempDir()
	living, err := newCrash(t.Context(), zap.NewNop(), folder, time.Unix(1795305600, 0), 7)
	require.NoError(t, err)
	writeCrash(t, folder, 1795305600, 7, "", "lost")
	require.Empty(t, endOf(t, folder, "lost", 7))
	_, err = living.WriteString("fatal error") // and a core is being written, which may take a while
	require.NoError(t, err)
	require.Equal(t, "the process ended with: fatal error", endOf(t, folder, "lost", 7))
	require.NoError(t, living.Close())
}

func TestCrashOfAnOlderVersionIsFoundByItsProcessID(t *testing.T) {
	folder := t.TempDir()
	writeCrash(t, folder, 1795305500, 7, "older")
	writeCrash(t, folder, 1795305600, 7, "fatal error")
	writeCrash(t, folder, 1795305700, 7, "another daemon", "another")
	living, err := newCrash(t.Context(), zap.NewNop(), folder, time.Unix(1795305800, 0), 7)
	require.NoError(t, err)
	require.Equal(t, "the process ended with: fatal error", endOf(t, folder, "unknown", 7))
	requireUnknown(t, folder, "unknown", 77)
	require.NoError(t, living.Close())
	require.Contains(t, endOf(t, folder, "unknown", 7), "killed (SIGKILL, or out of memory)")
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
	writeCrash(t, folder, 1795305600, 7, "fatal error", "one")
	forgetCrashes(folder, time.Now().Add(keepCrashes-time.Hour))
	require.Len(t, crashes(t, folder), 2, "perhaps nobody has read it")
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
	require.NoError(t, os.WriteFile(daemonsOf(file.Name()), []byte("one\n"), 0o600))
	require.NoError(t, os.Chtimes(daemonsOf(file.Name()), began, began))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "notes"), nil, 0o600))

	for _, later := range []time.Duration{0, time.Hour, 23 * time.Hour} {
		forgetCrashes(folder, now.Add(later))
		require.Contains(t, endOf(t, folder, "one", pid), "killed (SIGKILL, or out of memory)")
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
	require.NoError(t, forgetOwnCrash(path, time.Now()))
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
