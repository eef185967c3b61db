package crontab

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Here returns the place of this process.
func Here() Place {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	boot, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return Place{Host: host} // its runs are judged by their beats
	}
	ns, err := os.Readlink("/proc/self/ns/pid")
	if err != nil {
		return Place{Host: host}
	}
	return Place{Host: host, Boot: string(bytes.TrimSpace(boot)), PIDNS: strings.Trim(strings.TrimPrefix(ns, "pid:"), "[]")}
}

// Self returns this process.
func Self() Process {
	stat, err := readStat(os.Getpid())
	if err != nil {
		return Process{PID: os.Getpid()}
	}
	return Process{PID: os.Getpid(), Start: stat.start}
}

// Alive tells whether the process of this place is there. One that has ended, and
// whose parent has not been told yet, is not.
func (p Process) Alive() bool {
	stat, err := readStat(p.PID)
	return err == nil && stat.start == p.Start && stat.state != zombie
}

// zombie is the state of a process that has ended and is waited for by nobody yet.
const zombie = 'Z'

// stat is what /proc says about a process.
type stat struct {
	pid, parent, group int
	state              byte
	start              uint64
}

// Places in /proc/<pid>/stat, counted from the one behind the name.
const (
	statState  = 0
	statParent = 1
	statGroup  = 2
	statStart  = 19
)

func readStat(pid int) (stat, error) {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return stat{}, err
	}
	// The name of the program stands in brackets, and may hold anything.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) <= statStart {
		return stat{}, fmt.Errorf("/proc/%d/stat has only %d fields", pid, len(fields))
	}
	s := stat{pid: pid, state: fields[statState][0]}
	for place, into := range map[int]*int{statParent: &s.parent, statGroup: &s.group} {
		if *into, err = strconv.Atoi(fields[place]); err != nil {
			return stat{}, err
		}
	}
	s.start, err = strconv.ParseUint(fields[statStart], 10, 64)
	return s, err
}

// processes lists the processes that this one can see.
func processes() []stat {
	names, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var all []stat
	for _, name := range names {
		pid, err := strconv.Atoi(name.Name())
		if err != nil {
			continue
		}
		if s, err := readStat(pid); err == nil { // else it has ended meanwhile
			all = append(all, s)
		}
	}
	return all
}
