package crontab

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// What is looked after now and then, and how long it rests in between.
const (
	foldEach = time.Minute
	tidyEach = time.Hour // a folder may hold an output for each second of a month
)

// fold keeps tables and folders small.
func (s *Scheduler) fold(work context.Context) error {
	now := s.clock.now()
	if now.Sub(s.watched.folded) < foldEach {
		return nil
	}
	s.watched.folded = now
	if now.Sub(s.watched.tidied) >= tidyEach {
		s.watched.tidied = now
		if err := s.launcher.tidy(s.cfg.KeepLog); err != nil {
			s.log.Warn("old outputs of cron tasks cannot be removed", zap.Error(err))
		}
	}
	if err := s.deliver(work); err != nil {
		return err
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

// deliver writes outcomes that runs left on this machine and that nobody asked
// for: while it was away another one may have called them lost.
func (s *Scheduler) deliver(work context.Context) error {
	for _, r := range s.outcomes.Left() {
		own, found, err := s.outcomes.Read(r)
		if err != nil || !found {
			continue // it is being written, or was delivered meanwhile
		}
		call, done := statement(work)
		written, err := s.ledger.Conclude(call, r, own, Running, Lost)
		done()
		if err != nil && !hopeless(err) {
			return err
		}
		s.outcomes.Forget(r)
		if written {
			s.log.Info("the outcome that a cron run left behind is delivered", zap.Uint64("run", r.ID), zap.String("state", string(own.State)))
		}
	}
	return nil
}
