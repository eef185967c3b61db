package audit

import (
	"fmt"

	"simplest_script/core"
)

// endings checks that each life of each job came to its end once, and by its owner, and
// counts claims.
func (x *examination) endings() {
	ends, last := map[uint64]int{}, map[uint64]*claim{}
	for _, c := range x.claims {
		switch {
		case c.ending == released:
			x.report.Released++
		case c.ending == rescued:
			x.report.Recovered++
		case c.ending == condemned, c.ending == unclaimed, c.ending == unstarted, c.ending == recorded && c.status.Final():
			ends[c.job]++
			last[c.job] = c
		case c.ending == recorded:
			x.report.Retried++
		}
	}
	for _, j := range x.Jobs {
		x.ended(j, ends[j.ID], last[j.ID])
	}
}

// ended looks at how often a job came to its end, and at the last time.
func (x *examination) ended(j Job, n int, last *claim) {
	lives := x.lives(j.ID)
	if n > lives || n < lives && core.DelayStatus(j.Status).Final() {
		x.report.FinishedTwice += min(max(n-lives, 0), 1)
		x.report.fault("%s (job %d) came to its end %d times%s", j.Name, j.ID, n, inLives(lives))
	}
	if last == nil {
		last = &claim{}
	}
	if last.ending == condemned && core.DelayStatus(j.Status) == core.DelayFailed {
		x.report.SetAside++
	}
	if j.Writer != 0 && j.Writer != last.daemon.PID {
		x.report.fault("the outcome of %s (job %d) was written by pid %d, and the claim was that of pid %d", j.Name, j.ID, j.Writer, last.daemon.PID)
	}
}

func inLives(n int) string {
	if n == 1 {
		return ""
	}
	return fmt.Sprintf(" in %d lives", n)
}
