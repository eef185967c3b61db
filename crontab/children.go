package crontab

import "sync"

// children are the processes that this daemon waits for, and the runs whose end it
// is going to write down.
type children struct {
	mu   sync.Mutex
	pids map[int]bool
	runs map[uint64]bool
}

func newChildren() *children { return &children{pids: map[int]bool{}, runs: map[uint64]bool{}} }

func (c *children) setProcess(pid int, awaited bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	set(c.pids, pid, awaited)
}
func (c *children) setRun(id uint64, ours bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	set(c.runs, id, ours)
}
func (c *children) has(pid int) bool      { c.mu.Lock(); defer c.mu.Unlock(); return c.pids[pid] }
func (c *children) hasRun(id uint64) bool { c.mu.Lock(); defer c.mu.Unlock(); return c.runs[id] }

// set puts a key into a set, or takes it out.
func set[K comparable](m map[K]bool, key K, in bool) {
	if in {
		m[key] = true
	} else {
		delete(m, key)
	}
}
