package audit

import (
	"fmt"
	"slices"
	"strings"
)

// Report is what the records amount to.
type Report struct {
	Pushed    int // jobs whose push was confirmed
	Unsure    int // jobs whose push could not tell whether they are stored,
	OfThose   int // and how many of them are
	Done      int
	Failed    int
	Runs      int // of handlers
	Retried   int // attempts that failed and were followed by another
	Released  int // claims that were given back
	Recovered int // claims that were taken over from dead incarnations
	Doubled   int // runs beyond those that are recorded
	Explained int // those of them that the promises allow
	Lost      int
	// FinishedTwice counts jobs that came to an end more than once.
	FinishedTwice int
	Condemned     int // incarnations that were declared dead by others, with cause
	GaveUp        int // incarnations that stopped themselves
	LateP50       int64
	LateP99       int64 // milliseconds, from the rows
	// Faults says what breaks a promise, one line for each case.
	Faults []string
}

func (r *Report) fault(format string, args ...any) {
	r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
}

// count takes in one push of which so many jobs are stored.
func (r *Report) count(p Push, stored int) {
	switch p.Outcome {
	case Confirmed:
		r.Pushed += len(p.Names)
	case Unknown:
		r.Unsure += len(p.Names)
		r.OfThose += stored
		if stored != 0 && stored != len(p.Names) {
			r.fault("of the push of %s and %d more %d are stored: neither all nor none", p.Names[0], len(p.Names)-1, stored)
		}
	}
}

func (r *Report) lateness(jobs []Job) {
	late := make([]int64, len(jobs))
	for i, j := range jobs {
		late[i] = j.LateMs
	}
	slices.Sort(late)
	if n := len(late); n > 0 {
		r.LateP50, r.LateP99 = late[(n-1)/2], late[(n-1)*99/100]
	}
}

// String is the summary in one line.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pushed %d", r.Pushed)
	if r.Unsure > 0 {
		fmt.Fprintf(&b, " (and %d of %d with an unknown outcome)", r.OfThose, r.Unsure)
	}
	fmt.Fprintf(&b, ", done %d, failed %d, lost %d, finished twice %d; executions %d, retried %d, doubled %d (explained %d, unexplained %d)",
		r.Done, r.Failed, r.Lost, r.FinishedTwice, r.Runs, r.Retried, r.Doubled, r.Explained, r.Doubled-r.Explained)
	fmt.Fprintf(&b, "; recovered %d, released %d; declared dead %d, stopped themselves %d; late p50 %d ms, p99 %d ms",
		r.Recovered, r.Released, r.Condemned, r.GaveUp, r.LateP50, r.LateP99)
	return b.String()
}
