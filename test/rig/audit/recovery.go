package audit

import (
	"cmp"
	"slices"
)

// recovery looks at how long jobs of dead daemons were nobody's: from the last sign of
// life of their daemon, or the claim where that is later, to the statement that freed
// them. An outage of the database takes the judges' knowledge of the others with it, and
// they begin anew after it: what counts is the longest time in one piece in which the
// database answered.
func (x *examination) recovery() {
	var times []int64
	for _, c := range x.claims {
		if c.ending != rescued && c.ending != condemned {
			continue
		}
		if c.ended < c.daemon.Ended {
			x.report.fault("job %d was taken from pid %d %d ms before that was declared dead", c.job, c.daemon.PID, c.daemon.Ended-c.ended)
		}
		took := x.longestUp(Span{max(c.daemon.Beat, c.began), c.ended})
		times = append(times, took)
		if x.Within > 0 && took > x.Within {
			x.report.fault("job %d was nobody's for %d ms in which the database answered, after the last sign of life of its daemon, pid %d", c.job, took, c.daemon.PID)
		}
	}
	slices.Sort(times)
	if n := len(times); n > 0 {
		x.report.Freed, x.report.RecoveryP50, x.report.RecoveryMax = n, times[(n-1)/2], times[n-1]
	}
}

// longestUp is the longest part of a span without an outage, in milliseconds.
func (x *examination) longestUp(s Span) (longest int64) {
	outages := slices.SortedFunc(slices.Values(x.Outages), func(a, b Span) int { return cmp.Compare(a.From, b.From) })
	for _, away := range outages {
		if away.To <= s.From || away.From >= s.To {
			continue
		}
		longest = max(longest, away.From-s.From)
		s.From = away.To
	}
	return max(longest, s.To-s.From)
}

// unknownCause is for a lease that was lost without an act of the test: a machine that
// is too busy halts daemons.
const unknownCause = "a machine that was too busy"

// cause says what was done to the process of a claim that it lost its lease: it was
// killed, or else what happened first after its last sign of life, or before.
func (x *examination) cause(c *claim) string {
	first, last := "", unknownCause
	for _, a := range x.Acts { // in their order
		if a.PID != c.daemon.PID || a.At > c.ended {
			continue
		}
		last = a.What
		if first == "" && a.At >= c.daemon.Beat {
			first = a.What
		}
	}
	if last == Killed || first == "" {
		return last
	}
	return first
}
