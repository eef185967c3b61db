package crontab

import (
	"context"
	"time"

	"go.uber.org/zap"
)

// turn decides what is due now. After an error the same ticks are due again, under
// the same token.
func (s *Scheduler) turn(work context.Context) error {
	call, done := statement(work)
	err := s.clock.sync(call, s.ledger)
	done()
	if err != nil {
		return err
	}
	if err := s.adopt(work); err != nil {
		return err
	}
	now := s.clock.now()
	due := map[string][]span{}
	var skipping []string
	for id, t := range s.entries {
		if spans := t.due(now); len(spans) > 0 {
			due[id] = spans
			if t.Skip {
				skipping = append(skipping, id)
			}
		}
	}
	if len(due) == 0 {
		return nil
	}
	return s.decide(work, now, due, skipping)
}

func (s *Scheduler) decide(work context.Context, now time.Time, due map[string][]span, skipping []string) error {
	call, done := statement(work)
	defer done()
	busy, err := s.ledger.Busy(call, s.cfg.Partition, skipping)
	if err != nil {
		return err
	}
	p := planner{partition: s.cfg.Partition, now: now, late: s.cfg.Late, busy: busy}
	var rows []Run
	for id, spans := range due {
		for _, r := range p.plan(s.entries[id], spans) {
			r.Place, r.Owner = s.place, s.self
			rows = append(rows, r)
		}
	}
	if s.token == 0 {
		s.token = newToken()
	}
	s.hold(s.token)
	mine, err := s.ledger.Enter(call, s.token, rows)
	if err != nil {
		return err
	}
	s.start(mine, now)
	s.hold(0)
	s.token = 0
	return s.advance(work, due, now)
}

// start starts what this daemon got the permission for, and tells of the rest.
func (s *Scheduler) start(mine []Run, now time.Time) {
	missed := map[string][]Run{}
	for _, r := range mine {
		switch {
		case r.State == Skipped:
			s.log.Info("cron tick skipped", append(about(r), zap.String("reason", r.Reason))...)
		case r.State == Missed:
			missed[r.Entry] = append(missed[r.Entry], r)
		case r.State != Starting: // an earlier try got so far
		case now.Sub(r.Tick) > s.cfg.Late: // entered by an earlier try, which nobody heard of in time
			s.bury(obituary{run: r, outcome: Outcome{State: Missed, Reason: databaseAway}})
			missed[r.Entry] = append(missed[r.Entry], r)
		default:
			s.launch(r)
		}
	}
	for entry, runs := range missed {
		reason := runs[0].Reason
		if reason == "" {
			reason = databaseAway
		}
		s.log.Warn("cron ticks missed", zap.String("entry", entry), zap.Int("rows", len(runs)), zap.Time("first", runs[0].Tick),
			zap.Time("last", maxTime(runs[len(runs)-1].Tick, runs[len(runs)-1].TickEnd)), zap.String("reason", reason))
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// advance moves the entries on: what was due is decided, here or by another daemon.
func (s *Scheduler) advance(work context.Context, due map[string][]span, now time.Time) error {
	marks := make([]Mark, 0, len(due))
	for id := range due {
		t := s.entries[id]
		t.pos, t.backlog = now.Truncate(time.Second), nil
		marks = append(marks, Mark{Entry: id, Tick: t.pos, Spec: t.Spec})
	}
	s.excuse(stoodStill)
	call, done := statement(work)
	defer done()
	return s.ledger.SetMarks(call, s.cfg.Partition, marks)
}

// hold says under which token starts are being made; the watcher leaves them alone.
func (s *Scheduler) hold(token uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = token
}

func (s *Scheduler) holds(token uint64) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held == token
}
