package crontab

import (
	"sync"

	"go.uber.org/zap"
)

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

// launch starts the process of a run that stands under a token of this daemon.
// Where that fails the run has failed, and the daemon goes on.
func (s *Scheduler) launch(r Run) {
	s.runs.setRun(r.ID, true)
	p, err := s.launcher.Start(r)
	if err != nil {
		s.log.Error("a cron task could not be started", append(about(r), zap.Error(err))...)
		s.bury(obituary{run: r, outcome: Outcome{State: Failed, Reason: "its process could not be started: " + err.Error()}})
		return
	}
	pid := p.PID()
	s.runs.setProcess(pid, true)
	s.log.Info("cron task started", append(about(r), zap.Int("pid", pid), zap.Duration("late", s.clock.now().Sub(r.Tick)), zap.String("output", p.output))...)
	go func() {
		how := p.Wait()
		s.runs.setProcess(pid, false)
		s.bury(obituary{run: r, ended: true, outcome: Outcome{State: Failed, Reason: "its process ended without an outcome: " + how}})
	}()
}
