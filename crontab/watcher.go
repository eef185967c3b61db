package crontab

import (
	"context"
	"errors"
	"time"

	"simplest_script/core/tool/clock"
	"simplest_script/core/tool/outage"
)

// watched is what the watcher remembers of runs between two looks.
type watched struct {
	local  clock.Clock
	beats  map[uint64]beatSeen
	found  map[uint64]bool // runs of other daemons that were told of
	graves chan obituary
	folded time.Time
	tidied time.Time
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
			err = s.settle(work, o)
		case <-timer.C:
			err = s.look(work)
			timer.Reset(s.cfg.Watch)
		}
		if err == nil {
			away.OK()
			continue
		}
		if !hopeless(err) {
			clear(s.watched.beats) // only time between successful reads counts
		}
		outage.Sleep(intake, away.Failed(err))
	}
}

// writeRest writes what is known at the end of the daemon.
func (s *Scheduler) writeRest(work context.Context) {
	for {
		select {
		case o := <-s.watched.graves:
			if s.settle(work, o) != nil {
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
	var problems error // of single runs, which hold up nobody else
	for _, r := range runs {
		if s.runs.hasRun(r.ID) {
			continue // somebody here waits for its end
		}
		if r.State == Starting {
			err = s.judgeStart(work, r)
		} else {
			err = s.judgeRun(work, r)
		}
		if hopeless(err) {
			problems = errors.Join(problems, err)
		} else if err != nil {
			return err
		}
	}
	return errors.Join(problems, s.fold(work))
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
