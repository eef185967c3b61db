package lease

import "time"

// watch is the memory of a judge: for how long each daemon was seen silent. It is
// a plain value without clock or I/O, used by one goroutine.
//
// Only time between two reads that succeeded counts, and each such interval counts
// no more than one scan: while the judge was halted, or its read hung, it could
// not have seen a beat. An interval begins when the answer of one read is there
// and ends when the next one is sent, so that what it counts was silence for certain.
type watch struct {
	verdict, scan time.Duration

	running bool          // whether an interval has begun,
	since   time.Duration // and when
	seen    map[string]sight
}

// sight is what is known of one daemon.
type sight struct {
	seq    uint64
	silent time.Duration // counted since seq was first seen
}

// observe takes in the rows of a read that was sent and answered at the given
// times. It returns the daemons whose counter stood still for a whole verdict.
func (w *watch) observe(sent, got time.Duration, rows []Daemon) []Daemon {
	counts := w.interval(sent, got)
	seen := make(map[string]sight, len(rows))
	var silent []Daemon
	for _, d := range rows {
		s, known := w.seen[d.ID]
		if known && s.seq == d.Seq {
			s.silent += counts
		} else {
			s = sight{seq: d.Seq}
		}
		seen[d.ID] = s
		if s.silent >= w.verdict {
			silent = append(silent, d)
		}
	}
	w.seen = seen
	w.running, w.since = true, got
	return silent
}

// interval is how much of the time before a read counts. A read that took longer
// than a scan shows a database in which beats are stuck as well: nothing.
func (w *watch) interval(sent, got time.Duration) time.Duration {
	if !w.running || got-sent > w.scan {
		return 0
	}
	return max(0, min(sent-w.since, w.scan))
}

// interrupt is called after a read that failed: the interval that was under way
// does not count. What was counted before it stays.
func (w *watch) interrupt() { w.running = false }

// reset forgets everything that was counted.
func (w *watch) reset() { w.running, w.seen = false, nil }
