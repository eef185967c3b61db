package audit

import (
	"maps"
	"slices"
)

// transactions checks that of what was pushed in a transaction of the caller's own
// there is either both, the job and the row that the caller wrote beside it, or neither.
// That the job comes to one end is looked at where that of every job is.
func (x *examination) transactions() {
	business, jobs := map[string]bool{}, map[string]bool{}
	for _, name := range x.Business {
		business[name] = true
	}
	for _, j := range x.Jobs {
		jobs[j.Name] = true
	}
	for _, p := range x.Pushes {
		if !p.Tx {
			continue
		}
		switch p.Outcome {
		case RolledBack:
			x.report.RolledBack += len(p.Names)
		case Abandoned:
			x.report.Abandoned += len(p.Names)
		}
		for _, name := range p.Names {
			x.both(p.Outcome, name, business[name], jobs[name])
			delete(business, name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(business)) {
		x.report.fault("the caller's row of %s was written by nobody", name)
	}
}

func (x *examination) both(outcome PushOutcome, name string, business, job bool) {
	if business {
		x.report.Committed++
	}
	switch {
	case business && outcome.Nothing():
		x.report.fault("the caller's row of %s is there although its transaction was %s", name, outcome)
	case !business && outcome == Confirmed:
		x.report.fault("the caller's row of %s was confirmed and is not there", name)
	}
	switch {
	case business && !job:
		if outcome != Confirmed { // else it is counted already
			x.report.Lost++
		}
		x.report.fault("the caller's row of %s was committed, and its job is not there", name)
	case job && !business:
		x.report.fault("the job %s is there, and the caller's row of its transaction is not", name)
	}
}
