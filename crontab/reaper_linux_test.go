package crontab

import (
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// orphan starts a process that starts another one and ends, so that the other
// falls to this process, and returns the other's id.
func orphan(t *testing.T) int {
	t.Helper()
	out, err := exec.Command("sh", "-c", "sleep 0.1 >/dev/null & echo $!").Output()
	require.NoError(t, err)
	pid, err := strconv.Atoi(strings.TrimSpace(string(out)))
	require.NoError(t, err)
	return pid
}

// In a container the daemon may be process 1, to which orphans fall; a process
// can ask to be treated so.
func TestOrphansAreReapedAndAwaitedChildrenAreNot(t *testing.T) {
	require.NoError(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
	defer func() { require.NoError(t, unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)) }()
	awaited := exec.Command("true")
	require.NoError(t, awaited.Start())
	lost := orphan(t)
	isZombie := func(pid int) bool { s, err := readStat(pid); return err == nil && s.state == zombie }
	require.Eventually(t, func() bool { return isZombie(lost) && isZombie(awaited.Process.Pid) }, time.Minute, 5*time.Millisecond)

	r := reaper{awaited: func(pid int) bool { return pid == awaited.Process.Pid }}
	require.Zero(t, r.look(), "whoever started it comes first")
	require.Equal(t, 1, r.look())
	_, err := readStat(lost)
	require.Error(t, err)
	require.NoError(t, awaited.Wait(), "its end is for who waits for it")
}
