package audit

import (
	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// cancels checks that what was answered to a request to cancel is true: a job that
// is said to be cancelled is, and does not run any more.
func (x *examination) cancels() {
	status, cancelled := map[uint64]core.DelayStatus{}, map[uint64]int64{}
	for _, j := range x.Jobs {
		status[j.ID] = core.DelayStatus(j.Status)
	}
	for _, r := range x.Requests {
		if !r.Sure || r.Answer != delayqueue.Changed {
			continue
		}
		if x.revived(r.Job) {
			continue // somebody has decided otherwise since
		}
		cancelled[r.Job] = r.At
		if s := status[r.Job]; s != core.DelayCancelled {
			x.report.fault("job %d was said to be cancelled, and is %s", r.Job, s)
		}
	}
	stale := map[whose]bool{} // runs of claims that were lost may come at any time
	for _, c := range x.claims {
		if c.ending != open && c.ending != recorded && c.ending != unstarted && x.lost(c) {
			stale[whose{c.job, c.daemon.PID}] = true
		}
	}
	for _, r := range x.Runs {
		if at, is := cancelled[r.Job]; is && r.Start > at && !stale[whose{r.Job, r.PID}] {
			x.report.fault("job %d ran %d ms after it was cancelled", r.Job, r.Start-at)
		}
	}
}

// whose is a job in a process.
type whose struct {
	job uint64
	pid int
}
