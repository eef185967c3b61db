package audit

import (
	"maps"
	"slices"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// Retry is what was asked of a job that had ended otherwise than well: to try it again
// by hand. Sure is false where no answer came.
type Retry struct {
	Job    uint64
	Sure   bool
	Answer delayqueue.Answer
}

// mayLiveAgain tells whether a job that ended so can be retried by hand.
func mayLiveAgain(s core.DelayStatus) bool {
	return s == core.DelayFailed || s == core.DelayCancelled || s == core.DelaySkipped
}

// retries checks that jobs began further lives as often as somebody asked for it: once
// for each request that was said to have been granted, and at most once for each that
// may have been.
func (x *examination) retries() {
	sure, unsure := map[uint64]int{}, map[uint64]int{}
	for _, r := range x.Retries {
		switch {
		case !r.Sure:
			unsure[r.Job]++
		case r.Answer == delayqueue.Changed:
			sure[r.Job]++
		}
	}
	x.report.Revived = len(x.again)
	for _, lives := range x.again {
		x.report.Retries += len(lives)
	}
	jobs := maps.Clone(sure)
	for job := range x.again {
		jobs[job] += 0
	}
	for _, job := range slices.Sorted(maps.Keys(jobs)) {
		switch n := len(x.again[job]); {
		case n < sure[job]:
			x.report.fault("job %d was said to be tried again by hand %d times, and was %d times", job, sure[job], n)
		case n > sure[job]+unsure[job]:
			x.report.fault("job %d began another life %d times, and was asked to %d times", job, n, sure[job]+unsure[job])
		}
	}
}

// lives returns how many lives a job has had: one more than it was retried by hand.
func (x *examination) lives(job uint64) int { return 1 + len(x.again[job]) }

// revived tells whether a job that had been cancelled was tried again by hand.
func (x *examination) revived(job uint64) bool {
	return slices.ContainsFunc(x.again[job], func(c Change) bool { return core.DelayStatus(c.From) == core.DelayCancelled })
}
