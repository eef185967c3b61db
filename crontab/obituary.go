package crontab

import (
	"context"
	"errors"

	"go.uber.org/zap"

	"simplest_script/core/tool/sqldb"
)

// obituary is what is to be written of a run whose process is gone, unless the run
// itself wrote its outcome.
type obituary struct {
	run     Run
	outcome Outcome
	ended   bool // its process had been started, and has ended
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

// settle writes an obituary, or has it written once the database is back. Where
// that is hopeless the run is left to the looks at its row.
func (s *Scheduler) settle(work context.Context, o obituary) error {
	err := s.write(work, o)
	if err == nil {
		return nil
	}
	if !hopeless(err) {
		s.bury(o)
		return err
	}
	s.runs.setRun(o.run.ID, false)
	s.log.Error("the outcome of a cron run cannot be written", append(about(o.run), zap.String("state", string(o.outcome.State)),
		zap.String("reason", o.outcome.Reason), zap.Error(err))...)
	return nil
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
	if !written && !o.ended {
		return nil // somebody else was first
	}
	r, err := s.ledger.Run(call, o.run.ID)
	if err == nil && r.Token == o.run.Token {
		s.tell(r)
	}
	return nil // the outcome stands
}

// hopeless tells that a row will never take what is to be written of its run: it is
// not there any more, or a value does not fit.
func hopeless(err error) bool { return errors.Is(err, ErrNoRun) || sqldb.BadValue(err) }

// tell tells the observer.
func (s *Scheduler) tell(r Run) {
	if s.observe != nil {
		s.observe(r)
	}
}
