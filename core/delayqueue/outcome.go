package delayqueue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"simplest_script/core"
)

// verdict is what a returned handler means for its job.
type verdict int

const (
	record  verdict = iota // write the outcome
	release                // it was cut off by the end of the daemon: not an attempt
	abandon                // the lease is lost: the row is another daemon's business
)

// judge decides between the three. A handler that returns nil has done its work,
// whatever became of its context.
func judge(ctx context.Context, failed bool) verdict {
	switch cause := context.Cause(ctx); {
	case !failed:
		return record
	case errors.Is(cause, core.ErrLeaseLost):
		return abandon
	case cause != nil:
		return release
	}
	return record
}

// failure is what a handler's error says. Reading it runs code of the handler's,
// and a typed nil, the commonest of mistakes, panics there: that is a failure too.
type failure struct {
	text    string
	forGood bool
}

func failureOf(err error) (f failure) {
	defer func() {
		if v := recover(); v != nil {
			f = failure{text: fmt.Sprintf("the handler returned an error of type %T that panics when it is read: %v", err, v)}
		}
	}()
	return failure{text: err.Error(), forGood: errors.Is(err, core.ErrSkipRetry)}
}

// outcome says what is to be written about an attempt that began and ended at
// the given Unix microseconds.
func (j *job) outcome(task *core.Task, err error, began, ended int64) Outcome {
	o := Outcome{
		Held: j.held(), Status: core.DelayDone, Attempts: task.Attempt, FirstDue: j.FirstDue,
		Started: began / 1000, Ended: ended / 1000, Late: j.late(began),
	}
	if err == nil {
		o.Result, o.Whole = fit(string(task.Result()))
		o.Successors = task.Successors()
		return o
	}
	f := failureOf(err)
	o.Result, o.Whole = fit(f.text)
	if f.forGood || task.Attempt >= task.MaxAttempts {
		o.Status = core.DelayFailed
		return o
	}
	o.Status = core.DelayWaiting
	o.NextDue = o.Ended + j.kind.pause(task.Attempt).Milliseconds()
	return o
}

// late returns how long after its due time the job began, at a Unix microsecond.
func (j *job) late(began int64) time.Duration {
	return time.Duration(began-j.Due*1000) * time.Microsecond
}

// maxResult is how many characters the column result holds.
const maxResult = 500

// fit cuts a text at a character so that the column result holds it; where it
// had to cut, the second value is the whole.
func fit(text string) (result, whole string) {
	text = strings.ToValidUTF8(text, "\uFFFD")
	if utf8.RuneCountInString(text) <= maxResult {
		return text, ""
	}
	n := 0
	for i := range text {
		if n == maxResult {
			return text[:i], text
		}
		n++
	}
	return text, ""
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
