package crontab

import (
	"context"
	"slices"
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
	for id, t := range s.entries {
		if spans := t.due(now); len(spans) > 0 {
			due[id] = spans
		}
	}
	if len(due) > 0 {
		if err := s.decide(work, now, due); err != nil {
			return err
		}
	}
	s.release() // of entries that are gone as well
	s.excuse(stoodStill)
	return s.note(work)
}

func (s *Scheduler) decide(work context.Context, now time.Time, due map[string][]span) error {
	p := planner{partition: s.cfg.Partition, now: now, late: s.cfg.Late}
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
	mine, err := s.enter(work, rows)
	if err != nil {
		return err
	}
	s.start(mine, now)
	s.advance(due, now)
	return nil
}

// enter enters rows, however many they are after a long outage: the time that the
// database may take is for some of them.
func (s *Scheduler) enter(work context.Context, rows []Run) (mine []Run, err error) {
	for some := range slices.Chunk(rows, rowsPerInsert) {
		call, done := statement(work)
		entered, err := s.ledger.Enter(call, s.token, some)
		done()
		if err != nil {
			return nil, err
		}
		mine = append(mine, entered...)
	}
	return mine, nil
}

// start starts what this daemon got the permission for, and tells of the rest.
func (s *Scheduler) start(mine []Run, now time.Time) {
	missed := map[string][]Run{}
	for _, r := range mine {
		switch {
		case r.State == Skipped:
			s.log.Info("cron tick skipped", append(about(r), zap.String("reason", r.Reason))...)
			s.tell(r)
		case r.State == Missed:
			missed[r.Entry] = append(missed[r.Entry], r)
			s.tell(r)
		case r.State != Starting: // an earlier try got so far
		case now.Sub(r.Tick) > s.cfg.Late: // entered by an earlier try, which nobody heard of in time
			r.Reason = databaseAway
			s.bury(obituary{run: r, outcome: Outcome{State: Missed, Reason: r.Reason}})
			missed[r.Entry] = append(missed[r.Entry], r)
		default:
			s.launch(r)
		}
	}
	for _, runs := range missed {
		s.warnMissed(runs)
	}
}

// warnMissed tells of ticks of an entry that were missed, in their order: a line
// for each reason.
func (s *Scheduler) warnMissed(runs []Run) {
	for len(runs) > 0 {
		n := 1
		for n < len(runs) && runs[n].Reason == runs[0].Reason {
			n++
		}
		first, last := runs[0], runs[n-1]
		s.log.Warn("cron ticks missed", zap.String("entry", first.Entry), zap.Int("rows", n), zap.Time("first", first.Tick),
			zap.Time("last", maxTime(last.Tick, last.TickEnd)), zap.String("reason", first.Reason))
		runs = runs[n:]
	}
}

func maxTime(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// advance moves the entries on: what was due is decided, here or by another daemon.
func (s *Scheduler) advance(due map[string][]span, now time.Time) {
	for id := range due {
		t := s.entries[id]
		t.pos, t.backlog, t.moved = now.Truncate(time.Second), nil, true
	}
}

// note moves the marks of entries that were moved on. Until that has worked it is
// tried with each turn: a tick whose mark is missing would be missed once its row
// is folded.
func (s *Scheduler) note(work context.Context) error {
	var marks []Mark
	for id, t := range s.entries {
		if t.moved {
			marks = append(marks, Mark{Entry: id, Tick: t.pos, Spec: t.Spec})
		}
	}
	call, done := statement(work)
	defer done()
	if err := s.ledger.SetMarks(call, s.cfg.Partition, marks); err != nil {
		return err
	}
	for _, t := range s.entries {
		t.moved = false
	}
	return nil
}

// release gives up the token at hand: whatever was entered under it and not
// started is the watcher's.
func (s *Scheduler) release() {
	s.hold(0)
	s.token = 0
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
