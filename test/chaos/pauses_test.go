//go:build unix

package chaos_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/test/rig"
	"simplest_script/test/rig/audit"
)

// pausing is what is known of the pauses of one kind. Where two overlap, the last ends both.
type pausing struct {
	pauses  []audit.Span
	paused  int       // pauses in force
	resumes time.Time // when the next end of one is looked for

	checked  time.Duration // for which the spared daemon had to keep to them
	heldBack int           // jobs that waited when they ended
	defied   []string      // starts by daemons that had to know
}

// pause lets no jobs of one kind be started until the spared daemon had to know of it for
// so long.
func (s *storm) pause(lasts time.Duration) {
	if s.paused++; s.paused == 1 {
		require.NoError(s, sqlstore.New(s.DB).Pause(context.Background(), rig.Flaky, "the storm"))
		s.pauses = append(s.pauses, audit.Span{From: time.Now().UnixMilli()})
	}
	s.resumeLater(lasts)
}

func (s *storm) resumeLater(lasts time.Duration) {
	over := func() time.Time { return time.UnixMilli(s.known(s.pauses[len(s.pauses)-1])).Add(lasts) }
	s.resumes = over()
	s.ends = append(s.ends, ending{s.resumes, func() {
		if time.Now().Before(over()) { // the database was away meanwhile
			s.resumeLater(lasts)
			return
		}
		if s.paused--; s.paused == 0 {
			s.resume()
		}
	}})
}

func (s *storm) resume() {
	s.heldBack += s.Count("delay_queue_log WHERE exec_cmd = ? AND status = ?", rig.Flaky, core.DelayWaiting)
	s.pauses[len(s.pauses)-1].To = time.Now().UnixMilli()
	_, err := sqlstore.New(s.DB).Resume(context.Background(), rig.Flaky)
	require.NoError(s, err)
}

// known returns from when on no daemon starts anything any more that was begun before the
// pause, and to which nothing else was done than to its database.
func (s *storm) known(pause audit.Span) int64 {
	at := pause.From + s.heeds().Milliseconds()
	for _, away := range s.outages { // in their order
		if away.To > pause.From && away.From < at {
			at = max(at, away.To+s.heeds().Milliseconds())
		}
	}
	return at
}

// mustKnow returns from when on a daemon must keep to a pause. One that began later asks
// before it claims anything. One that something was done to before is not judged: it may
// have been kept from asking, and have been able to work.
func (s *storm) mustKnow(pause audit.Span, pid int, begun int64, acts []audit.Act) (at int64, judged bool) {
	if begun > pause.From {
		return begun, true
	}
	at = s.known(pause)
	for _, a := range acts {
		if a.PID == pid && a.At <= at && !strings.HasPrefix(a.What, ofDatabase) {
			return 0, false
		}
	}
	return at, true
}

// judgePauses fails the test where a daemon started something that it had to know to be
// paused.
func (s *storm) judgePauses(e audit.Evidence) {
	s.Helper()
	starts := s.startsOfPaused(e)
	for _, pause := range s.pauses {
		for _, slot := range s.slots {
			for i, p := range slot.all {
				at, judged := s.mustKnow(pause, p.PID, slot.begun[i], e.Acts)
				if !judged {
					continue
				}
				if slot.number == 0 {
					s.checked += time.Duration(max(pause.To-at, 0)) * time.Millisecond
				}
				s.judgeStarts(pause, at, p.PID, starts[p.PID])
			}
		}
	}
	if n := len(s.defied); n > 0 {
		const shown = 25
		s.Errorf("%d times %s was started although it was paused:\n  %s", n, rig.Flaky, strings.Join(s.defied[:min(n, shown)], "\n  "))
	}
}

func (s *storm) judgeStarts(pause audit.Span, at int64, pid int, starts []audit.Run) {
	for _, r := range starts {
		if at < r.Start && r.Start < pause.To {
			s.defied = append(s.defied, fmt.Sprintf("job %d was started by pid %d, %d ms after it had to know, %d ms after the pause", r.Job, pid, r.Start-at, r.Start-pause.From))
		}
	}
}

// startsOfPaused returns the runs of the kind that is paused, by who ran them.
func (s *storm) startsOfPaused(e audit.Evidence) map[int][]audit.Run {
	is := map[uint64]bool{}
	for _, j := range e.Jobs {
		is[j.ID] = j.Kind == rig.Flaky
	}
	starts := map[int][]audit.Run{}
	for _, r := range e.Runs {
		if is[r.Job] {
			starts[r.PID] = append(starts[r.PID], r)
		}
	}
	return starts
}
