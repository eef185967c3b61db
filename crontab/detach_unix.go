//go:build unix

package crontab

import (
	"os/exec"
	"syscall"
)

// detach puts a child into a session and a process group of its own, so that no
// signal to the daemon's group or terminal reaches it, and so that a kill reaches
// all that it has started.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
