package crontab

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"
)

// adopt takes over what Apply was given: it goes on where the entries stand, in
// this daemon or by the marks of earlier ones.
func (s *Scheduler) adopt(work context.Context) error {
	s.mu.Lock()
	applied, fresh := s.applied, s.fresh
	s.fresh = false
	s.mu.Unlock()
	if !fresh {
		return nil
	}
	if err := s.track(work, applied); err != nil {
		s.mu.Lock()
		s.fresh = true // unless there are newer ones, these are looked at again
		s.mu.Unlock()
		return err
	}
	return nil
}

func (s *Scheduler) track(work context.Context, applied []Entry) error {
	call, done := statement(work)
	defer done()
	marks, err := s.ledger.Marks(call, s.cfg.Partition)
	if err != nil {
		return err
	}
	now := s.clock.now().Truncate(time.Second)
	next := make(map[string]*tracked, len(applied))
	var begun []Mark
	for _, e := range applied {
		t := s.goOn(e, marks, now)
		next[e.ID] = t
		if mark, there := marks[e.ID]; !there || mark.Spec != e.Spec && len(t.backlog) == 0 {
			begun = append(begun, Mark{Entry: e.ID, Tick: t.pos, Spec: e.Spec})
		}
	}
	if err := s.ledger.SetMarks(call, s.cfg.Partition, begun); err != nil {
		return err
	}
	var gone []string
	for id := range marks {
		if next[id] == nil {
			gone = append(gone, id)
		}
	}
	// Should the entry come back, the time in between was not an outage.
	if err := s.ledger.DropMarks(call, s.cfg.Partition, gone); err != nil {
		return err
	}
	s.entries = next
	s.log.Info("cron entries in force", zap.Int("entries", len(next)))
	return nil
}

// goOn returns an entry as it is to be scheduled from now on.
func (s *Scheduler) goOn(e Entry, marks map[string]Mark, now time.Time) *tracked {
	// Since it began nothing but the database can have kept it from what is due.
	t := &tracked{Entry: e, pos: now, began: now.Add(s.began - s.clock.local.Boot()), excuse: databaseAway}
	former, spec := s.entries[e.ID], ""
	switch mark, there := marks[e.ID]; {
	case former != nil:
		*t, spec = *former, former.Spec
		t.Entry = e
	case there:
		t.pos, spec = mark.Tick, mark.Spec
	default:
		return t // its first tick is still to come
	}
	if spec == e.Spec {
		return t
	}
	// What fell due under the former specification is still decided by that one.
	if old, err := ParseSchedule(spec, time.UTC); err == nil {
		t.backlog = slices.Concat(t.backlog, ticksBetween(old, t.pos, now))
	}
	t.pos, t.moved = now, false // the mark stays until the backlog is decided
	return t
}
