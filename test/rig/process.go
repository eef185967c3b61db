//go:build unix

package rig

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/test/rig/audit"
)

// Process is one that a World started.
type Process struct {
	PID int

	tb    testing.TB
	name  string
	world *World
	cmd   *exec.Cmd
	stdin io.Closer
	out   *output
	begun time.Time
	ended time.Time
	over  chan struct{} // closed when it has ended
	mayGo atomic.Bool   // its end is no surprise

	mayCrash atomic.Bool // nor is a panic in what it has printed
}

// start runs this test's own program in the given role.
func (w *World) start(role string, env []string) *Process {
	w.tb.Helper()
	program, err := os.Executable()
	require.NoError(w.tb, err)
	p := &Process{tb: w.tb, name: role, world: w, cmd: exec.Command(program), out: newOutput(), over: make(chan struct{})}
	p.cmd.Dir = w.Home
	p.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + w.Home, "TMPDIR=" + os.Getenv("TMPDIR"),
		"SCRIPT_HOME=" + w.Home, "SCRIPT_ENV=test",
		roleVariable + "=" + role, journalVariable + "=" + w.journals(), gateVariable + "=" + w.Gate.addr(),
	}, env...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	p.stdin, err = p.cmd.StdinPipe()
	require.NoError(w.tb, err)
	require.NoError(w.tb, p.cmd.Start())
	p.PID, p.begun = p.cmd.Process.Pid, time.Now()
	go func() {
		_ = p.cmd.Wait() // how it ended is in ProcessState
		p.ended = time.Now()
		close(p.over)
	}()
	w.processes = append(w.processes, p)
	return p
}

// Signal sends a signal. After one that stops or kills the process the audit knows
// that this daemon was disturbed.
func (p *Process) Signal(s syscall.Signal) {
	p.tb.Helper()
	switch s {
	case syscall.SIGKILL:
		p.Suffers(audit.Killed)
	case syscall.SIGSTOP:
		p.Suffers("halted")
	case syscall.SIGTERM:
		p.did(audit.ToldToStop)
	}
	p.mayGo.Store(p.mayGo.Load() || s == syscall.SIGKILL || s == syscall.SIGTERM)
	if err := p.cmd.Process.Signal(s); !p.mayGo.Load() || !errors.Is(err, os.ErrProcessDone) {
		require.NoError(p.tb, err)
	}
}

// Terminate asks the process to end in good order.
func (p *Process) Terminate() {
	p.tb.Helper()
	p.Signal(syscall.SIGTERM)
}

// Disturbed tells the audit that the test did something to this daemon for which it
// may lose its lease, or be cut off in its work.
func (p *Process) Disturbed() { p.world.disturbed[p.PID] = true }

// Suffers is Disturbed that also says by what, for the report.
func (p *Process) Suffers(what string) {
	p.Disturbed()
	p.did(what)
}

func (p *Process) did(what string) {
	p.world.acts = append(p.world.acts, audit.Act{PID: p.PID, At: time.Now().UnixMilli(), What: what})
}

// MayEnd says that the end of this process is no surprise.
func (p *Process) MayEnd() { p.mayGo.Store(true) }

// MayCrash says that the process may end with a panic.
func (p *Process) MayCrash() {
	p.MayEnd()
	p.mayCrash.Store(true)
}

// Wait waits for the end and returns the exit code; -1 where a signal ended it.
func (p *Process) Wait() int {
	p.tb.Helper()
	p.MayEnd()
	select {
	case <-p.over:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(p.world.Patience):
		require.Fail(p.tb, "does not end", "pid %d, %s:\n%s", p.PID, p.name, p.out)
		return 0
	}
}

// EndedBy tells whether the signal ended the process, once it has ended.
func (p *Process) EndedBy(s syscall.Signal) bool {
	status, known := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	return known && status.Signaled() && status.Signal() == s
}

// Pushed counts the jobs that a pusher which has ended stored, or may have stored. One that
// was killed before it had its journal has pushed nothing: it writes there before each push.
func (p *Process) Pushed() (n int) {
	p.tb.Helper()
	_, pushes, err := readJournal(filepath.Join(p.world.journals(), journalName(p.PID)))
	if errors.Is(err, fs.ErrNotExist) && p.EndedBy(syscall.SIGKILL) {
		return 0
	}
	require.NoError(p.tb, err)
	for _, push := range pushes {
		if !push.Outcome.Nothing() {
			n += len(push.Names)
		}
	}
	return n
}

// Ended tells whether the process has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.over:
		return true
	default:
		return false
	}
}

// Output returns what the process has printed so far.
func (p *Process) Output() string { return p.out.String() }

// CPU returns the processor time that the process used, once it has ended.
func (p *Process) CPU() time.Duration {
	return p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime()
}

// Lived returns how long the process lived, once it has ended.
func (p *Process) Lived() time.Duration { return p.ended.Sub(p.begun) }

// Says waits until the process has printed the text.
func (p *Process) Says(text string) {
	p.tb.Helper()
	late := time.After(p.world.Patience)
	for {
		more, said := p.out.next()
		if strings.Contains(said, text) {
			return
		}
		select {
		case <-more:
		case <-p.over:
			if !strings.Contains(p.Output(), text) {
				require.Fail(p.tb, "ended without saying it", "pid %d, %s, %q:\n%s", p.PID, p.name, text, p.out)
			}
		case <-late:
			require.Fail(p.tb, "does not say it", "pid %d, %s, %q:\n%s", p.PID, p.name, text, p.out)
		}
	}
}

var wreck = regexp.MustCompile(`(?m)^(WARNING: DATA RACE|panic: .*|fatal error: .*)$`)

// cleanUp ends the process, and fails the test where it had crashed.
func (p *Process) cleanUp() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.over
	_ = p.stdin.Close()
	if found := wreck.FindString(p.Output()); found != "" && !p.mayCrash.Load() {
		p.tb.Errorf("%s, pid %d: %s\n%s", p.name, p.PID, found, p.Output())
	}
}
