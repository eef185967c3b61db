//go:build unix

package chaos_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/test/proxy"
	"simplest_script/test/rig"
)

// slot is the place of one daemon. As under a supervisor, one that ended is followed by
// another.
//
// The first slot is spared what happens to single daemons: it is there to find out about
// the others, so that the time until it does can be judged.
type slot struct {
	*storm
	number  int
	started int
	process *rig.Process
	leaving []*rig.Process // told to stop, and followed by another
	all     []*rig.Process
	begun   []int64      // of each of them, not later than it began, in Unix milliseconds
	proxy   *proxy.Proxy // to the database; that of the first is never told to misbehave
}

func (s *storm) newSlot(number int) *slot {
	slot := &slot{storm: s, number: number, proxy: s.newProxy()}
	slot.start()
	return slot
}

// start starts the next daemon; its clock jumps, and each third has no room for its log.
func (s *slot) start() {
	env := append([]string{s.Through(s.proxy.Addr()), rig.Jumping}, s.lease...)
	if s.logFull() && (s.started+s.number)%3 == 1 {
		env = append(env, "SCRIPT_LOGGER_PATH="+fullFolder, "SCRIPT_LOGGER_COMPRESS=false")
		s.fillLogs()
	}
	s.started++
	s.begun = append(s.begun, time.Now().UnixMilli())
	s.process = s.Start(env...)
	s.all = append(s.all, s.process)
}

func (s *slot) kill() {
	s.requireAlive()
	s.process.Signal(syscall.SIGKILL)
	s.start()
}

func (s *slot) replace() {
	s.requireAlive()
	s.process.Terminate()
	s.leaving = append(s.leaving, s.process)
	s.start()
}

func (s *slot) halt(lasts time.Duration) {
	s.requireAlive()
	halted := s.process
	halted.Signal(syscall.SIGSTOP)
	s.after(lasts, func() {
		if !halted.Ended() {
			halted.Signal(syscall.SIGCONT)
		}
	})
}

// requireAlive fails the test where the daemon has ended of itself.
func (s *slot) requireAlive() {
	s.Helper()
	require.False(s, s.process.Ended(), "pid %d has ended of itself:\n%s", s.process.PID, s.process.Output())
}

// finish waits until the daemons that were told to stop have ended in good order. One that
// was told so before it could listen has been ended by the signal, and had not begun.
func (s *slot) finish() {
	s.Helper()
	for _, p := range append(s.leaving, s.process) {
		early := func() bool { return p.EndedBy(syscall.SIGTERM) && !strings.Contains(p.Output(), rig.Ready) }
		if code := p.Wait(); code != 0 && !early() {
			s.Errorf("pid %d ended with %d:\n%s", p.PID, code, p.Output())
		}
	}
}

// fullFolder is where the daemons write their logs whose disk is full.
const fullFolder = "full"

// logFull tells whether this system has a file that is always full.
func (s *storm) logFull() bool { return runtime.GOOS == "linux" }

// fillLogs puts a file that is always full in the place of the log of today.
func (s *storm) fillLogs() {
	folder := filepath.Join(s.Home, fullFolder)
	require.NoError(s, os.MkdirAll(folder, 0o755))
	for _, zone := range []*time.Location{time.UTC, time.Local, time.FixedZone("", 8*3600)} {
		name := filepath.Join(folder, time.Now().In(zone).Format(time.DateOnly)+".log")
		if err := os.Symlink("/dev/full", name); !os.IsExist(err) {
			require.NoError(s, err)
		}
	}
}

// fullLogs counts the daemons that said that their disk is full.
func (s *storm) fullLogs() (n int) {
	for _, slot := range s.slots {
		for _, p := range slot.all {
			if strings.Contains(p.Output(), "no space left on device") {
				n++
			}
		}
	}
	return n
}
