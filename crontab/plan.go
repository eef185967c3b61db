package crontab

import (
	"fmt"
	"time"
)

// Limits of what is written down one by one after a long outage.
const (
	maxBack   = 7 * 24 * time.Hour
	maxMissed = 1000
)

// tracked is an entry that is being scheduled.
type tracked struct {
	Entry
	pos     time.Time // up to here its ticks are decided, or stand in backlog
	backlog []span    // ticks of an earlier specification that are not decided
	began   time.Time // when this daemon began to look after the partition
	excuse  string    // why a tick since then that is late is late
	moved   bool      // pos was moved, and its mark was not
}

// why tells why what is late is late.
func (t *tracked) why(s span) string {
	if s.first.Before(t.began) {
		return nobodyRan
	}
	return t.excuse
}

// span is one tick, or where last is not zero a number of them without a break.
type span struct{ first, last time.Time }

// ticksBetween returns the ticks of s after from, up to and with to, in their
// order. Those so long ago that nobody wants to read them one by one are one span.
func ticksBetween(s Schedule, from, to time.Time) []span {
	var old span
	if start := to.Add(-maxBack); from.Before(start) {
		if first := s.Next(from); !first.IsZero() && first.Before(start) {
			old = span{first: first, last: start.Add(-time.Second)}
		}
		from = start.Add(-time.Second)
	}
	var spans []span
	for tick := s.Next(from); !tick.IsZero() && !tick.After(to); tick = s.Next(tick) {
		spans = append(spans, span{first: tick})
	}
	if n := len(spans) - maxMissed; n > 0 {
		if old.first.IsZero() {
			old.first = spans[0].first
		}
		old.last = spans[n-1].first
		spans = spans[n:]
	}
	if old.first.IsZero() {
		return spans
	}
	return append([]span{old}, spans...)
}

// due returns what is to be decided of the entry at a time.
func (t *tracked) due(now time.Time) []span {
	return append(append([]span{}, t.backlog...), ticksBetween(t.Schedule, t.pos, now)...)
}

// planner decides what is to become of ticks.
type planner struct {
	partition string
	now       time.Time
	late      time.Duration // a tick is run up to so long after its time
}

// plan returns the rows of an entry's ticks.
func (p *planner) plan(t *tracked, spans []span) []Run {
	rows := make([]Run, 0, len(spans))
	for _, s := range spans {
		r := Run{
			Partition: p.partition, Entry: t.ID, Tick: s.first, TickEnd: s.last, State: Starting, Skip: t.Skip,
			ExecCmd: t.ExecCmd, Name: t.Name, Params: t.Params, IsLog: t.IsLog, Timeout: t.Timeout,
		}
		switch {
		case !s.last.IsZero():
			r.State, r.Reason = Missed, fmt.Sprintf("all ticks up to %s: %s", s.last.UTC().Format(time.DateTime), t.why(s))
		case p.now.Sub(s.first) > p.late:
			r.State, r.Reason = Missed, t.why(s)
		}
		rows = append(rows, r)
	}
	return rows
}

// described says which run it is.
func (r Run) described() string {
	text := fmt.Sprintf("the run of %s goes on", r.Tick.UTC().Format(time.DateTime+" UTC"))
	if r.Process.PID != 0 {
		text += fmt.Sprintf(" (run %d, pid %d on %s)", r.ID, r.Process.PID, r.Host)
	}
	return text
}
