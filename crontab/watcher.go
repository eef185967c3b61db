package crontab

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/outage"
)

// obituary is what is to be written of a run whose process is gone, unless the run
// itself wrote its outcome.
type obituary struct {
	run     Run
	outcome Outcome
	ended   bool // its process had been started
}

// watched is what the watcher remembers of runs between two looks.
type watched struct {
	local  clock.Clock
	beats  map[uint64]beatSeen
	found  map[uint64]bool // runs of other daemons that were told of
	graves chan obituary
	folded time.Time
}

// beatSeen is when a beat was first seen, on the own watch.
type beatSeen struct {
	seq   uint64
	since time.Duration
}

// maxGraves is how many processes may end between two looks without waiting for them.
const maxGraves = 1024

func newWatched(local clock.Clock) *watched {
	return &watched{local: local, beats: map[uint64]beatSeen{}, found: map[uint64]bool{}, graves: make(chan obituary, maxGraves)}
}

// bury has an obituary written by the watcher. Where the watcher has ended, or has
// too many, the next look of any daemon finds out by itself.
func (s *Scheduler) bury(o obituary) {
	s.runs.setRun(o.run.ID, true)
	select {
	case s.watched.graves <- o:
	default:
		s.runs.setRun(o.run.ID, false)
	}
}

// watch looks after the runs that go on until intake ends: those whose processes
// ended under this daemon at once, the others each Watch.
func (s *Scheduler) watch(intake, work context.Context) {
	away := outage.New(s.log, "looking after cron runs")
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		var err error
		select {
		case <-intake.Done():
			s.writeRest(work)
			return
		case o := <-s.watched.graves:
			if err = s.write(work, o); err != nil {
				s.bury(o)
			}
		case <-timer.C:
			err = s.look(work)
			timer.Reset(s.cfg.Watch)
		}
		if err == nil {
			away.OK()
			continue
		}
		clear(s.watched.beats) // only time between successful reads counts
		outage.Sleep(intake, away.Failed(err))
	}
}

// writeRest writes what is known at the end of the daemon.
func (s *Scheduler) writeRest(work context.Context) {
	for {
		select {
		case o := <-s.watched.graves:
			if err := s.write(work, o); err != nil {
				return // the next daemon finds it out
			}
		default:
			return
		}
	}
}

// look looks once at everything.
func (s *Scheduler) look(work context.Context) error {
	if s.cfg.Reap {
		s.reaper.look()
	}
	call, done := statement(work)
	defer done()
	if err := s.clock.sync(call, s.ledger); err != nil {
		return err
	}
	runs, err := s.ledger.Unfinished(call, s.cfg.Partition)
	if err != nil {
		return err
	}
	s.watched.forget(runs)
	for _, r := range runs {
		if s.runs.hasRun(r.ID) {
			continue // somebody here waits for its end
		}
		if r.State == Starting {
			err = s.judgeStart(work, r)
		} else {
			err = s.judgeRun(work, r)
		}
		if err != nil {
			return err
		}
	}
	return s.fold(work)
}

// forget forgets what was remembered of runs that have ended.
func (w *watched) forget(unfinished []Run) {
	goesOn := make(map[uint64]bool, len(unfinished))
	for i := range unfinished {
		goesOn[unfinished[i].ID] = true
	}
	for id := range w.beats {
		if !goesOn[id] {
			delete(w.beats, id)
		}
	}
	for id := range w.found {
		if !goesOn[id] {
			delete(w.found, id)
		}
	}
}

// judgeStart resolves a start that nobody makes any more: to a new start where the
// tick is young, else to missed. A child of the old start that is still on its way
// finds another token, or another state, and exits.
func (s *Scheduler) judgeStart(work context.Context, r Run) error {
	now := s.clock.now()
	ownerDead := r.Same(s.place) && !r.Owner.Alive() || r.Same(s.place) && r.Owner == s.self
	if s.holds(r.Token) || !ownerDead && now.Sub(r.ClaimedAt) < s.cfg.Stale {
		return nil
	}
	call, done := statement(work)
	defer done()
	if r.Hand != 0 || now.Sub(r.Tick) > s.cfg.Late {
		o := Outcome{State: Missed, Reason: fmt.Sprintf("pid %d on %s had the permission, and ended before the task began", r.Owner.PID, r.Host)}
		written, err := s.ledger.Conclude(call, r, o, Starting)
		if written {
			s.log.Warn("cron tick missed", append(about(r), zap.String("reason", o.Reason))...)
		}
		return err
	}
	token := newToken()
	mine, err := s.ledger.Renew(call, r, token, s.place, s.self)
	if err != nil || !mine {
		return err
	}
	r.Token, r.Place, r.Owner = token, s.place, s.self
	s.log.Info("cron start taken over: whoever had the permission is gone", about(r)...)
	s.launch(r)
	return nil
}

// judgeRun declares a run lost whose process is gone, or silent for too long.
func (s *Scheduler) judgeRun(work context.Context, r Run) error {
	var why string
	switch {
	case r.Same(s.place) && r.Process.Alive():
	case r.Same(s.place):
		why = fmt.Sprintf("its process, pid %d on %s, is gone and left no outcome", r.Process.PID, r.Host)
	case s.watched.silent(r) >= s.cfg.Verdict:
		why = fmt.Sprintf("no beat of pid %d on %s was seen for %s", r.Process.PID, r.Host, s.cfg.Verdict)
	}
	if why != "" {
		return s.write(work, obituary{run: r, outcome: Outcome{State: Lost, Reason: why}})
	}
	if !s.watched.found[r.ID] {
		s.watched.found[r.ID] = true
		s.log.Info("a cron task that another process started goes on", append(about(r), zap.Int("pid", r.Process.PID), zap.String("host", r.Host))...)
	}
	return nil
}

// silent returns for how long the same beat has been seen.
func (w *watched) silent(r Run) time.Duration {
	now := w.local.Boot()
	if seen, there := w.beats[r.ID]; there && seen.seq == r.Seq {
		return now - seen.since
	}
	w.beats[r.ID] = beatSeen{r.Seq, now}
	return 0
}

// write writes an obituary. What the run wrote down itself comes first.
func (s *Scheduler) write(work context.Context, o obituary) error {
	outcome, from := o.outcome, []State{Starting, Running}
	own, found, err := s.outcomes.Read(o.run)
	if err != nil {
		s.log.Warn("an outcome that a cron run left behind is not readable", append(about(o.run), zap.Error(err))...)
	}
	if found {
		outcome, from = own, []State{Running, Lost}
	}
	if o.outcome.State == Missed {
		from = []State{Starting}
	}
	call, done := statement(work)
	defer done()
	written, err := s.ledger.Conclude(call, o.run, outcome, from...)
	if err != nil {
		return err
	}
	s.runs.setRun(o.run.ID, false)
	if found {
		s.outcomes.Forget(o.run)
	}
	if written && outcome.State != Success && !found {
		s.log.Warn("cron task "+string(outcome.State), append(about(o.run), zap.String("reason", outcome.Reason))...)
	}
	if s.observe == nil || !o.ended {
		return nil
	}
	r, err := s.ledger.Run(call, o.run.ID)
	if err == nil && r.Token == o.run.Token {
		s.observe(r)
	}
	return nil // the outcome stands
}

// foldEach is the time between two foldings.
const foldEach = time.Minute

// fold keeps tables and folders small.
func (s *Scheduler) fold(work context.Context) error {
	now := s.clock.now()
	if now.Sub(s.watched.folded) < foldEach {
		return nil
	}
	s.watched.folded = now
	if err := s.launcher.tidy(s.cfg.KeepLog); err != nil {
		s.log.Warn("old outputs of cron tasks cannot be removed", zap.Error(err))
	}
	call, done := statement(work)
	defer done()
	for {
		n, err := s.ledger.Fold(call, now.Add(-s.cfg.Keep), now.Add(-s.cfg.KeepLog))
		if err != nil || n < foldMost {
			return err
		}
	}
}
