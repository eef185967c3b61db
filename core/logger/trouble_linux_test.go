package logger_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gofrs/flock"
	"github.com/stretchr/testify/require"
)

func TestFullDisk(t *testing.T) {
	o, clock := utc(t)
	var stderr bytes.Buffer
	o.Err = &stderr
	path := filepath.Join(o.Path, "2026-11-21.log")
	require.NoError(t, os.MkdirAll(o.Path, 0o750))
	require.NoError(t, os.Symlink("/dev/full", path))
	s := newSet(t, o)
	log := s.Logger("")
	for range 1000 {
		log.Info("lost")
	}
	require.EqualValues(t, 1000, s.Dropped())
	require.EqualValues(t, 1000, s.WriteErrors())
	require.Equal(t, 1, strings.Count(stderr.String(), "\n"))
	require.Contains(t, stderr.String(), path+": no space left on device")

	require.NoError(t, os.Remove(path)) // there is space again
	clock.advance(time.Second)
	log.Info("found")
	require.Equal(t, []string{"found"}, logged(t, path))
	require.EqualValues(t, 1000, s.Dropped())
}

// Somebody ran a command as root, and today's file is root's.
func TestFileOfAnotherUserIsSteppedOver(t *testing.T) {
	folder := openToAll(t)
	path := filepath.Join(folder, "2026-11-21.log")
	writeFile(t, path, "")
	require.NoError(t, os.Chmod(path, 0o400))
	out, err := unprivileged(t, folder).Output()
	require.NoError(t, err)
	require.Equal(t, "dropped 0\n", string(out))
	require.Equal(t, []string{"line"}, logged(t, filepath.Join(folder, "2026-11-21.1.log")))
}

func TestReadOnlyFolder(t *testing.T) {
	folder := openToAll(t)
	require.NoError(t, os.Chmod(folder, 0o555))
	out, err := unprivileged(t, folder).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "permission denied")
	require.Contains(t, string(out), "dropped 1\n")
}

// To a process whose day is further on, today's file is finished.
func TestFileBeingCompressedIsSteppedOver(t *testing.T) {
	o, _ := utc(t)
	path := filepath.Join(o.Path, "2026-11-21.log")
	writeFile(t, path, "")
	compressor := flock.New(path)
	require.NoError(t, compressor.Lock())
	s := newSet(t, o)
	s.Logger("").Info("does not wait")
	require.Equal(t, []string{"does not wait"}, logged(t, filepath.Join(o.Path, "2026-11-21.1.log")))
	require.NoError(t, compressor.Unlock())
}

// openToAll returns a folder that every user can reach and write to.
func openToAll(t *testing.T) string {
	folder := t.TempDir()
	require.NoError(t, os.Chmod(filepath.Dir(folder), 0o755))
	require.NoError(t, os.Chmod(folder, 0o777))
	return folder
}

// unprivileged returns the command that runs logOneLine without the powers of
// root, for which no file is read-only.
func unprivileged(t *testing.T, folder string) *exec.Cmd {
	cmd := child(t, "oneLine", folder)
	if os.Geteuid() == 0 {
		const nobody = 65534
		cmd.Path = "/proc/self/exe" // nobody may not go the way there
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	return cmd
}
