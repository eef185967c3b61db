package crontab

import (
	"context"
	"fmt"
	"time"

	"go.uber.org/zap"
)

// judgeStart resolves a start that nobody makes any more: to a new start where the
// tick is young, else to missed. A child of the old start that is still on its way
// finds another token, or another state, and exits.
func (s *Scheduler) judgeStart(work context.Context, r Run) error {
	now := s.clock.now()
	// A person who starts a run need not wait for its first act.
	ownerDead := r.Hand == 0 && r.Same(s.place) && (!r.Owner.Alive() || r.Owner == s.self)
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
			r.State, r.Reason = o.State, o.Reason
			s.tell(r)
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
