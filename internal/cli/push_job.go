package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue/sqlstore"
)

// job is the job that the command line describes.
func (f pushFlags) job(words []string, zone *time.Location) (core.DelayQueuePushParams, error) {
	job := core.DelayQueuePushParams{
		ExecCmd: words[0], Params: words[1], Name: f.name, MaxAttempts: f.maxAttempts,
		DelayTime: int64(f.in / time.Second), DelayMs: (f.in % time.Second).Milliseconds(),
		TimeoutMs: f.timeout.Milliseconds(), MaxLateMs: f.maxLate.Milliseconds(),
		UniqueKey: f.uniqueKey, UniqueFor: int64(f.uniqueFor / time.Second),
	}
	if f.at != "" {
		at, err := parseMoment(f.at, zone)
		if err != nil {
			return job, fmt.Errorf("--at: %w", err)
		}
		if at.Unix() <= 0 {
			return job, fmt.Errorf("--at: %s is before 1970", f.at)
		}
		job.ExecTime, job.ExecMs = int(at.Unix()), at.Nanosecond()/int(time.Millisecond)
	}
	if problems := refusals(job); len(problems) > 0 {
		return job, errors.New(strings.Join(problems, "; "))
	}
	return job, nil
}

// refusals says why the queue would refuse a job; each text begins with a column.
func refusals(job core.DelayQueuePushParams) (texts []string) {
	err := sqlstore.Check(job)
	if err == nil {
		return nil
	}
	for text := range strings.Lines(err.Error()) {
		text = strings.TrimPrefix(strings.TrimSpace(text), "row 0: ")
		texts = append(texts, strings.TrimSuffix(text, ": "+core.ErrInvalidPush.Error()))
	}
	return texts
}

// due says in words when the job is due.
func (f pushFlags) due(job core.DelayQueuePushParams, zone *time.Location) string {
	switch at := time.Unix(int64(job.ExecTime), int64(job.ExecMs)*int64(time.Millisecond)); {
	case job.ExecTime > 0 && at.Before(time.Now()):
		return "due at once, for " + clock{zone: zone}.moment(at.UnixMilli()) + " is over"
	case job.ExecTime > 0:
		return "due at " + clock{zone: zone}.moment(at.UnixMilli())
	case f.in > 0:
		return "due in " + f.in.String()
	}
	return "due at once"
}
