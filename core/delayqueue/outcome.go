package delayqueue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"simplest_script/core"
	"simplest_script/core/middleware"
	"simplest_script/core/tool/text"
)

// verdict is what a returned handler means for its job.
type verdict int

const (
	record  verdict = iota // write the outcome
	release                // it was cut off by the end of the daemon: not an attempt
	abandon                // the lease is lost: the row is another daemon's business
)

// judge decides between the three. A handler that returns nil has done its work,
// whatever became of its context; one that was cancelled has heard of it.
func judge(ctx context.Context, f *failure) verdict {
	switch cause := context.Cause(ctx); {
	case f == nil || f.cancelled:
		return record
	case errors.Is(cause, core.ErrLeaseLost):
		return abandon
	case cause != nil:
		return release
	}
	return record
}

// failure is what a handler's error says about its job.
type failure struct {
	middleware.Failure
	cancelled bool // the job was cancelled while it ran
}

// failureOf reads a handler's error; cause is why its context had ended, if it had,
// and timeout after what time it would end.
func failureOf(err, cause error, timeout time.Duration) *failure {
	f := &failure{Failure: middleware.Read(err), cancelled: errors.Is(cause, core.ErrCancelled)}
	if errors.Is(cause, core.ErrTimeout) && !f.TimedOut {
		f.Text = fmt.Sprintf("%v after %v: %s", core.ErrTimeout, timeout, f.Text)
	}
	return f
}

// outcome says what is to be written about an attempt that began and ended at
// the given Unix microseconds; f is nil where it succeeded.
func (j *job) outcome(f *failure, began, ended int64) Outcome {
	o := Outcome{
		Held: j.held(), Status: core.DelayDone, Attempts: j.task.Attempt, FirstDue: j.FirstDue,
		Started: began / 1000, Ended: ended / 1000, Late: j.late(began),
	}
	if f == nil {
		o.Result, o.Whole = Fit(string(j.task.Result()))
		o.Successors = j.task.Successors()
		return o
	}
	o.Result, o.Whole = Fit(f.Text)
	switch {
	case f.cancelled:
		o.Status = core.DelayCancelled
	case f.ForGood || j.task.Attempt >= j.task.MaxAttempts:
		o.Status = core.DelayFailed
	default:
		o.Status = core.DelayWaiting
		o.NextDue = o.Ended + j.pause(f).Milliseconds()
	}
	return o
}

// pause is how long it is until the next attempt: as the handler asked for, or else
// as the backoff of its kind says.
func (j *job) pause(f *failure) time.Duration {
	if f.After >= 0 {
		return min(f.After, mostBackoff)
	}
	return j.kind.pause(j.task.Attempt)
}

// unstarted is the outcome of a job that came to its end without an attempt.
func (j *job) unstarted(status core.DelayStatus, reason string, now int64) Outcome {
	result, whole := Fit(reason)
	return Outcome{
		Held: j.held(), Status: status, Result: result, Whole: whole, Attempts: j.Attempts, FirstDue: j.FirstDue,
		Started: 0, Ended: now / 1000, Late: j.late(now),
	}
}

// maxResult is how many characters the column result holds.
const maxResult = 500

// Fit cuts a text at a character so that the column result holds it; where it
// had to cut, the second value is the whole.
func Fit(result string) (fitting, whole string) {
	result = strings.ToValidUTF8(result, "\uFFFD")
	if fitting = text.Cut(result, maxResult); len(fitting) < len(result) {
		whole = result
	}
	return fitting, whole
}

// plain replaces what a column with an old character set may refuse.
func plain(text string) string {
	return strings.Map(func(r rune) rune {
		if r > 126 || r < 32 {
			return '?'
		}
		return r
	}, text)
}
