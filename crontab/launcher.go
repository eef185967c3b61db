package crontab

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
	"unicode"

	"simplest_script/core/tool/text"
)

// Launcher starts runs as processes: this same program with other arguments.
type Launcher struct {
	Args    []string // those before the id and the token of a run, such as "task"
	Env     []string
	Dir     string // working directory
	Outputs string // folder for what runs write to stdout and stderr

	// Patience is for how long a start is tried again that fails because the machine
	// has no room for one more process just now; 10 s.
	Patience time.Duration
	// Fork starts a process; nil: (*exec.Cmd).Start.
	Fork func(*exec.Cmd) error
}

// Child is a run's process. Somebody must wait for it, or it stays a zombie.
type Child struct {
	cmd    *exec.Cmd
	output string // path
}

// Start starts the process of a run that stands in the ledger as starting. It
// waits for nothing. Output goes to a file and never to a pipe, which would break
// when the daemon ends.
func (l *Launcher) Start(r Run) (*Child, error) {
	path := filepath.Join(l.Outputs, fileName(r.Entry), r.Tick.UTC().Format("20060102T150405")+"-"+strconv.FormatUint(r.ID, 10)+".out")
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("making the folder for the output: %w", err)
	}
	output, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o640)
	if err != nil {
		return nil, fmt.Errorf("making the file for the output: %w", err)
	}
	defer output.Close() // the child has its own
	program, err := self()
	if err != nil {
		return nil, fmt.Errorf("finding this program: %w", err)
	}
	args := append(append([]string{}, l.Args...), strconv.FormatUint(r.ID, 10), strconv.FormatUint(r.Token, 10))
	cmd := exec.CommandContext(context.Background(), program, args...) // it outlives everything here
	cmd.Args[0], cmd.Env, cmd.Dir = os.Args[0], withoutNotify(l.Env), l.Dir
	cmd.Stdout, cmd.Stderr = output, output
	detach(cmd)
	fork := l.Fork
	if fork == nil {
		fork = (*exec.Cmd).Start
	}
	if err := fork(cmd); err != nil {
		return nil, err
	}
	return &Child{cmd, path}, nil
}

// self is the program that runs, also where its file was replaced meanwhile: a
// new version may not be started with the arguments of the old one.
func self() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

// withoutNotify leaves out what systemd tells the daemon alone.
func withoutNotify(env []string) []string {
	var kept []string
	for _, v := range env {
		if !strings.HasPrefix(v, "NOTIFY_SOCKET=") && !strings.HasPrefix(v, "WATCHDOG_") {
			kept = append(kept, v)
		}
	}
	return kept
}

// fileName makes the name of a folder of an entry's id.
func fileName(id string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Letter, unicode.Digit) || strings.ContainsRune("-_#", r) {
			return r
		}
		return '_'
	}, text.Cut(id, 60))
}

// PID returns the id of the process.
func (p *Child) PID() int { return p.cmd.Process.Pid }

// Wait waits for the end of the process and returns how it ended, for people. An
// output without anything in it is removed.
func (p *Child) Wait() string {
	how := "exit status 0"
	if err := p.cmd.Wait(); err != nil {
		how = err.Error()
	}
	if info, err := os.Stat(p.output); err == nil && info.Size() == 0 {
		_ = os.Remove(p.output) // else it is removed when it is old
		return how
	}
	if line := lastLine(p.output); line != "" {
		how += "; its last line of output: " + line
	}
	return how
}

// tailSize is how much of an output is looked at for its last line, in bytes.
const tailSize = 1024

// lastLine returns the last line of a file that is not empty.
func lastLine(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	tail := make([]byte, min(info.Size(), tailSize))
	if _, err := f.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(strings.ToValidUTF8(string(tail), "")), "\n")
	return lines[len(lines)-1]
}

// tidy removes outputs, and outcomes nobody asked for, that are older than age.
func (l *Launcher) tidy(age time.Duration) error {
	return filepath.Walk(l.Outputs, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() || time.Since(info.ModTime()) < age {
			return nil // what cannot be read is gone, or not ours
		}
		return os.Remove(path)
	})
}
