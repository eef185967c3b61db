//go:build unix

package crontab_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// children returns the ids of the processes under this one, zombies among them.
func children() (pids []int) {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		fields := strings.Fields(string(text[strings.LastIndex(string(text), ")")+1:]))
		if fields[1] != strconv.Itoa(os.Getpid()) {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path))); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}

// endChildren ends the runs that outlive the test's schedulers: its folder is
// going to be removed.
func (w *world) endChildren() {
	for _, pid := range children() {
		_ = syscall.Kill(-pid, syscall.SIGKILL) // it may have ended
	}
	w.await("all processes have ended", func() bool { return len(children()) == 0 })
}
