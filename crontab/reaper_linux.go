package crontab

import (
	"os"

	"golang.org/x/sys/unix"
)

// reaper collects processes that ended under this one and that nobody waits for:
// in a container the daemon may be process 1, to which every orphan falls. A
// zombie is taken by the second look only, so that whoever started it comes first.
type reaper struct {
	awaited func(pid int) bool // somebody here waits for it
	seen    map[Process]bool   // zombies of the last look
}

// look looks once and tells how many it collected.
func (r *reaper) look() (collected int) {
	seen := map[Process]bool{}
	for _, s := range processes() {
		p := Process{PID: s.pid, Start: s.start}
		if s.parent != os.Getpid() || s.state != zombie || r.awaited(s.pid) {
			continue
		}
		if !r.seen[p] {
			seen[p] = true
			continue
		}
		if pid, err := unix.Wait4(s.pid, nil, unix.WNOHANG, nil); err == nil && pid == s.pid {
			collected++
		}
	}
	r.seen = seen
	return collected
}
