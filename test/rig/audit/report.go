package audit

import (
	"fmt"
	"slices"
	"strings"
)

// Report is what the records amount to.
type Report struct {
	Pushed     int // jobs whose push was confirmed
	Unsure     int // jobs whose push could not tell whether they are stored,
	OfThose    int // and how many of them are
	Done       int
	Failed     int
	SetAside   int // of those, because their daemons died too often
	Cancelled  int
	Skipped    int
	Keys       int // unique keys that are stored,
	Merged     int // and pushes of them beyond the first
	Committed  int // jobs that were pushed in a transaction of the caller's which is there,
	RolledBack int // which was rolled back by the caller,
	Abandoned  int // or died with it before the commit
	// Successors were pushed with the outcomes of their jobs.
	Successors int
	Runs       int // of handlers
	Retried    int // attempts that failed and were followed by another
	Released   int // claims that were given back
	Recovered  int // claims of dead incarnations whose jobs others made wait again
	// Freed counts all claims of dead incarnations that others ended: those of Recovered, and
	// those by whose end the job was set aside, in whichever of its lives. SetAside has of the
	// latter only those whose jobs are failed in the end.
	Freed     int
	Retries   int // further lives of jobs, which began by hand,
	Revived   int // jobs that had such lives,
	RunsAgain int // and runs in them
	Doubled   int // runs beyond those that are recorded,
	// and those of them that the promises allow: the claim was taken over
	Cut        int // while the handler ran
	Unrecorded int // after it had returned, and before its outcome was recorded
	Stale      int // before the handler was called: its process did not know yet
	// Causes says what was done to the processes of those runs.
	Causes map[string]int
	Lost   int
	// FinishedTwice counts jobs that came to an end more than once.
	FinishedTwice int
	Condemned     int // incarnations of disturbed daemons that were declared dead by others
	// FalselyCondemned counts those of daemons that nothing was done to. On a machine
	// that is too busy it is not false: such a daemon did not run.
	FalselyCondemned int
	GaveUp           int // incarnations that stopped themselves
	Lapsed           int // leases that were lost, in either way, by daemons that nothing was done to
	// From the last sign of life of a daemon to the end of its claim, in milliseconds.
	RecoveryP50, RecoveryMax int64
	LateP50, LateP99         int64 // milliseconds, from the rows
	LateMax                  int64
	// Faults says what breaks a promise, one line for each case.
	Faults []string
}

func (r *Report) fault(format string, args ...any) {
	r.Faults = append(r.Faults, fmt.Sprintf(format, args...))
}

// explain counts a run whose claim was lost.
func (r *Report) explain(run Run, c *claim, cause string) {
	if r.Causes == nil {
		r.Causes = map[string]int{}
	}
	r.Causes[cause]++
	switch {
	case run.Start > c.ended:
		r.Stale++
	case run.End == 0 || run.End > c.ended || run.Error != "":
		r.Cut++
	default:
		r.Unrecorded++
	}
}

// Explained returns how many of Doubled the promises allow.
func (r *Report) Explained() int { return r.Cut + r.Unrecorded + r.Stale }

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
		r.LateP50, r.LateP99, r.LateMax = late[(n-1)/2], late[(n-1)*99/100], late[n-1]
	}
}

// Steady tells whether every daemon that nothing was done to kept its lease. Only then
// can a test say how often something ran: a machine that is too busy halts daemons.
func (r *Report) Steady() bool { return r.Lapsed == 0 }

// String is the summary in one line.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "pushed %d", r.Pushed)
	if r.Unsure > 0 {
		fmt.Fprintf(&b, " (and %d of %d with an unknown outcome)", r.OfThose, r.Unsure)
	}
	fmt.Fprintf(&b, ", done %d, failed %d, lost %d, finished twice %d; executions %d, retried %d, doubled %d",
		r.Done, r.Failed, r.Lost, r.FinishedTwice, r.Runs, r.Retried, r.Doubled)
	fmt.Fprintf(&b, " (explained: %d cut off, %d not recorded, %d stale; unexplained %d)",
		r.Cut, r.Unrecorded, r.Stale, r.Doubled-r.Explained())
	fmt.Fprintf(&b, "; recovered %d, released %d; declared dead %d, falsely %d, stopped themselves %d; late p50 %d ms, p99 %d ms",
		r.Recovered, r.Released, r.Condemned, r.FalselyCondemned, r.GaveUp, r.LateP50, r.LateP99)
	return b.String()
}
