package crontab

import "go.uber.org/zap"

// launch starts the process of a run that stands under a token of this daemon.
// Where that fails the run has failed, and the daemon goes on. Where it fails for
// want of room it is tried again in the background: others need not wait for that.
func (s *Scheduler) launch(r Run) {
	s.runs.setRun(r.ID, true)
	p, err := s.launcher.Start(r)
	if err == nil {
		s.follow(r, p)
		return
	}
	if !forMoment(err) {
		s.notStarted(r, err)
		return
	}
	s.log.Warn("a cron task cannot be started at the moment, and is tried again", append(about(r), zap.Error(err))...)
	s.retries.Go(func() { s.relaunch(r, err) })
}

// relaunch tries to start a run again, for as long as its tick may be late. Where
// this daemon ends first it stays with its permission, for another one.
func (s *Scheduler) relaunch(r Run, err error) {
	p, err := s.launcher.insist(s.ending, r, r.Tick.Add(s.cfg.Late).Sub(s.clock.now()), err)
	switch {
	case err == nil:
		s.follow(r, p)
	case !closed(s.ending):
		s.notStarted(r, err)
	}
}

// notStarted has it written that the process of a run could not be started.
func (s *Scheduler) notStarted(r Run, err error) {
	s.log.Error("a cron task could not be started", append(about(r), zap.Error(err))...)
	s.bury(obituary{run: r, outcome: Outcome{State: Failed, Reason: "its process could not be started: " + err.Error()}})
}

// follow waits for the process of a run in the background.
func (s *Scheduler) follow(r Run, p *Child) {
	pid := p.PID()
	s.runs.setProcess(pid, true)
	s.log.Info("cron task started", append(about(r), zap.Int("pid", pid), zap.Duration("late", s.clock.now().Sub(r.Tick)), zap.String("output", p.output))...)
	go func() {
		how := p.Wait()
		s.runs.setProcess(pid, false)
		s.bury(obituary{run: r, ended: true, outcome: Outcome{State: Failed, Reason: "its process ended without an outcome: " + how}})
	}()
}
