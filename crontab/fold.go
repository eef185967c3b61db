package crontab

import (
	"context"
	"time"

	"go.uber.org/zap"
)

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
