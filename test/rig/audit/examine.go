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
	x := &examination{Evidence: e, report: &Report{}, daemons: map[string]Daemon{}, byKey: map[string]*key{}, asked: map[uint64]bool{}}
	for _, r := range e.Requests {
		x.asked[r.Job] = true
	}
	for _, d := range e.Daemons {
		x.daemons[d.ID] = d
	}
	x.pushes()
	x.transactions()
	x.claims, x.again = claimsOf(e.Changes, x.daemons, x.report.fault)
	x.endings()
	x.runs()
	x.retries()
	x.cancels()
	x.recovery()
	x.verdicts()
	x.report.lateness(e.Jobs)
	return x.report
}

type examination struct {
	Evidence
	report  *Report
	daemons map[string]Daemon
	claims  []*claim
	again   map[uint64][]Change // the beginnings of further lives of each job
	byKey   map[string]*key
	asked   map[uint64]bool // jobs that were to be cancelled
}

// turn is one attempt at a job in one process, for one due time.
type turn struct {
	job     uint64
	pid     int
	attempt int
	due     int64
}

// runs compares what the handlers did with what was claimed for them.
func (x *examination) runs() {
	claims, runs := map[turn][]*claim{}, map[turn][]Run{}
	for _, c := range x.claims {
		k := turn{c.job, c.daemon.PID, c.attempt, c.due}
		claims[k] = append(claims[k], c)
	}
	for _, r := range x.Runs {
		k := turn{r.Job, r.PID, r.Attempt, r.Due}
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
		return cmp.Or(cmp.Compare(a.job, b.job), cmp.Compare(a.attempt, b.attempt), cmp.Compare(a.pid, b.pid), cmp.Compare(a.due, b.due))
	})
	return keys
}

func (x *examination) turn(k turn, claims []*claim, runs []Run) {
	outcomes := 0
	var lost []*claim
	for _, c := range claims {
		switch {
		case c.ending == recorded:
			outcomes++
		case c.ending != open && c.ending != unstarted && x.lost(c):
			lost = append(lost, c)
		}
	}
	if len(claims) > 0 && claims[0].life > 1 {
		x.report.RunsAgain += len(runs)
	}
	surplus := len(runs) - outcomes
	if surplus >= 0 {
		x.recorded(runs, claims)
	}
	x.report.Doubled += max(surplus, 0)
	switch {
	case surplus < 0:
		x.report.fault("job %d has %d outcomes of attempt %d by pid %d, which ran it %d times", k.job, outcomes, k.attempt, k.pid, len(runs))
	case surplus > len(lost):
		x.report.fault("job %d: pid %d ran attempt %d, due at %d, %d times, of which %d are recorded, and %d claims were lost",
			k.job, k.pid, k.attempt, k.due, len(runs), outcomes, len(lost))
	default:
		for _, p := range unrecorded(runs, claims, lost) {
			if p.claim.ending == released && p.run.Error == "" {
				x.report.fault("job %d: pid %d gave the claim %d back although its handler had done the work", k.job, k.pid, p.claim.token)
			}
			x.report.explain(p.run, p.claim, x.cause(p.claim))
		}
	}
}

// recorded checks that what was recorded is what the handlers did: they had come to
// their end, those whose job is done without an error, and all others with one.
func (x *examination) recorded(runs []Run, claims []*claim) {
	pairs, _ := recordedRuns(runs, claims)
	for _, p := range pairs {
		switch done := p.claim.status == core.DelayDone; {
		case p.run.End == 0:
			x.report.fault("job %d is %s by an outcome of pid %d, whose handler never returned", p.run.Job, p.claim.status, p.run.PID)
		case done != (p.run.Error == ""):
			x.report.fault("attempt %d at job %d is recorded as %s, and its handler returned %q", p.run.Attempt, p.run.Job, p.claim.status, p.run.Error)
		}
	}
}

// lost tells whether the work of a claim may have been done without a record: its
// incarnation lost its lease, or was cut off at the end of its daemon. Whatever else was
// done to a daemon, a claim under a lease that it kept is recorded if it was run.
func (x *examination) lost(c *claim) bool {
	if c.ending == released || c.daemon.Why == inGoodOrder {
		return slices.ContainsFunc(x.Acts, func(a Act) bool {
			return a.PID == c.daemon.PID && a.What == ToldToStop && a.At <= c.ended
		})
	}
	return c.daemon.Dead
}

// inGoodOrder is what the row of a daemon says that stopped so.
const inGoodOrder = "ended"

// verdicts looks at how incarnations lost their leases.
func (x *examination) verdicts() {
	for _, d := range x.Daemons {
		byItself := strings.HasPrefix(d.Why, "it stopped itself")
		switch {
		case !d.Dead || d.Why == inGoodOrder:
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
