package audit

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"simplest_script/core"
)

// Examine compares the records with each other.
//
// Every run needs a claim: a handler may be called once for each time that its
// process claimed the row for that attempt. One run of each attempt is the one whose
// outcome was recorded. Any further one is a double; it is explained where its claim
// was taken over from an incarnation that had lost its lease for a good reason.
func Examine(e Evidence) *Report {
	x := &examination{Evidence: e, report: &Report{}, daemons: map[string]Daemon{}}
	for _, d := range e.Daemons {
		x.daemons[d.ID] = d
	}
	x.pushes()
	x.claims = claimsOf(e.Changes, x.daemons, x.report.fault)
	x.endings()
	x.runs()
	x.verdicts()
	x.report.lateness(e.Jobs)
	return x.report
}

type examination struct {
	Evidence
	report  *Report
	daemons map[string]Daemon
	claims  []*claim
}

// pushes looks for jobs that were lost, and for jobs that nobody asked for.
func (x *examination) pushes() {
	rows := map[string][]Job{}
	for _, j := range x.Jobs {
		rows[j.Name] = append(rows[j.Name], j)
	}
	for _, p := range x.Pushes {
		stored := 0
		for i, name := range p.Names {
			found := rows[name]
			delete(rows, name)
			stored += min(len(found), 1)
			x.row(p, i, name, found)
		}
		x.report.count(p, stored)
	}
	for _, name := range slices.Sorted(maps.Keys(rows)) {
		x.report.fault("the row of %s was pushed by nobody", name)
	}
}

// row looks at what became of one pushed name.
func (x *examination) row(p Push, i int, name string, found []Job) {
	switch {
	case len(found) > 1:
		x.report.fault("%s was pushed once and stored %d times", name, len(found))
	case len(found) == 0 && p.Outcome == Confirmed:
		x.report.Lost++
		x.report.fault("%s was confirmed and is not there", name)
	case len(found) == 1 && p.Outcome == Refused:
		x.report.fault("%s is there although its push said that nothing was stored", name)
	case len(found) == 1 && p.IDs != nil && p.IDs[i] != found[0].ID:
		x.report.fault("the push of %s answered the id %d, its row has %d", name, p.IDs[i], found[0].ID)
	case len(found) == 1:
		x.end(name, found[0])
	}
}

func (x *examination) end(name string, j Job) {
	switch core.DelayStatus(j.Status) {
	case core.DelayDone:
		x.report.Done++
	case core.DelayFailed:
		x.report.Failed++
	default:
		x.report.Lost++
		x.report.fault("%s (job %d) did not come to an end: %s, owner %q", name, j.ID, core.DelayStatus(j.Status), j.Owner)
	}
}

// endings checks that each job came to its end once, and by its owner, and counts claims.
func (x *examination) endings() {
	ends, owner := map[uint64]int{}, map[uint64]int{}
	for _, c := range x.claims {
		switch {
		case c.ending == released:
			x.report.Released++
		case c.ending == rescued:
			x.report.Recovered++
		case c.ending == condemned, c.ending == unclaimed, c.ending == recorded && c.status.Final():
			ends[c.job]++
			owner[c.job] = c.daemon.PID
		case c.ending == recorded:
			x.report.Retried++
		}
	}
	for _, j := range x.Jobs {
		if n := ends[j.ID]; n > 1 || n == 0 && core.DelayStatus(j.Status).Final() {
			x.report.FinishedTwice += min(n, 1)
			x.report.fault("%s (job %d) came to its end %d times", j.Name, j.ID, n)
		}
		if j.Writer != 0 && j.Writer != owner[j.ID] {
			x.report.fault("the outcome of %s (job %d) was written by pid %d, and the claim was that of pid %d", j.Name, j.ID, j.Writer, owner[j.ID])
		}
	}
}

// turn is one attempt at a job in one process.
type turn struct {
	job     uint64
	pid     int
	attempt int
}

// runs compares what the handlers did with what was claimed for them.
func (x *examination) runs() {
	claims, runs := map[turn][]*claim{}, map[turn][]Run{}
	for _, c := range x.claims {
		k := turn{c.job, c.daemon.PID, c.attempt}
		claims[k] = append(claims[k], c)
	}
	for _, r := range x.Runs {
		k := turn{r.Job, r.PID, r.Attempt}
		runs[k] = append(runs[k], r)
		if r.Start < r.Due {
			x.report.fault("job %d started %d ms early", r.Job, r.Due-r.Start)
		}
	}
	x.report.Runs = len(x.Runs)
	for _, k := range turnsOf(claims, runs) {
		x.turn(k, claims[k], runs[k])
	}
}

func turnsOf(claims map[turn][]*claim, runs map[turn][]Run) []turn {
	keys := slices.Collect(maps.Keys(claims))
	for k := range runs {
		if _, both := claims[k]; !both {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b turn) int {
		return cmp.Or(cmp.Compare(a.job, b.job), cmp.Compare(a.attempt, b.attempt), cmp.Compare(a.pid, b.pid))
	})
	return keys
}

func (x *examination) turn(k turn, claims []*claim, runs []Run) {
	outcomes := 0
	var lost []*claim
	for _, c := range claims {
		if len(runs) > 0 && c.due != runs[0].Due {
			x.report.fault("job %d was claimed for %d, and its handler told that it was due at %d", k.job, c.due, runs[0].Due)
		}
		switch {
		case c.ending == recorded:
			outcomes++
		case c.ending != open && x.lost(c):
			lost = append(lost, c)
		}
	}
	surplus := len(runs) - outcomes
	x.report.Doubled += max(surplus, 0)
	switch {
	case surplus < 0:
		x.report.fault("job %d has %d outcomes of attempt %d by pid %d, which ran it %d times", k.job, outcomes, k.attempt, k.pid, len(runs))
	case surplus > len(lost):
		x.report.fault("job %d: pid %d ran attempt %d %d times, of which %d are recorded, and %d claims were lost", k.job, k.pid, k.attempt, len(runs), outcomes, len(lost))
	default:
		for i := range surplus {
			x.report.explain(runs[i], lost[i])
		}
	}
}

// lost tells whether the work of a claim may have been done without a record: its
// incarnation lost its lease, or was cut off at the end of its daemon.
func (x *examination) lost(c *claim) bool {
	if c.ending == released {
		return x.Disturbed[c.daemon.PID]
	}
	return c.daemon.Dead && (c.daemon.Why != ended || x.Disturbed[c.daemon.PID])
}

// ended is what the row of a daemon says that stopped in good order.
const ended = "ended"

// verdicts looks at how incarnations lost their leases.
func (x *examination) verdicts() {
	for _, d := range x.Daemons {
		byItself := strings.HasPrefix(d.Why, "it stopped itself")
		switch {
		case !d.Dead || d.Why == ended:
			continue
		case byItself:
			x.report.GaveUp++
		case x.Disturbed[d.PID]:
			x.report.Condemned++
		default:
			x.report.FalselyCondemned++
		}
		if !x.Disturbed[d.PID] {
			x.report.Lapsed++
		}
	}
}
