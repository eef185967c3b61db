//go:build !linux

package crontab

import "os"

// Here returns the place of this process. Without /proc no process can be told
// from a later one with its id, so the place has no Boot and runs are judged by
// their beats.
func Here() Place {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return Place{Host: host}
}

// Self returns this process.
func Self() Process { return Process{PID: os.Getpid()} }

// Alive cannot tell here; it is asked only where Place.Same holds, which is never.
func (p Process) Alive() bool { return true }
