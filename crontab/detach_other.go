//go:build !unix

package crontab

import "os/exec"

// detach has nothing to do: a child here outlives its parent as it is.
func detach(*exec.Cmd) {}
