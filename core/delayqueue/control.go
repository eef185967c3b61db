package delayqueue

import (
	"context"
	"fmt"
	"math"
	"time"

	"simplest_script/core"
)

// Answer is what became of a request about one job.
type Answer int

// The answers.
const (
	NotFound   Answer = iota // there is no such job
	Changed                  // the job is now as it was asked for
	Requested                // a daemon has it: it was asked, and will act within about a second if it still can
	Ended                    // too late, the job has come to an end
	KeyTaken                 // its unique key is another job's by now
	Unfinished               // too early, the job has not come to an end
)

// String returns the English word for a, as commands show it.
func (a Answer) String() string {
	switch a {
	case Changed:
		return "changed"
	case Requested:
		return "requested"
	case Ended:
		return "ended"
	case KeyTaken:
		return "key taken"
	case Unfinished:
		return "unfinished"
	}
	return "not found"
}

// Cancel ends a job without running it (status 6). A job that a daemon has claimed
// is not cancelled before that daemon has been asked: it gives up what it has not
// started, and ends the context of a running handler with core.ErrCancelled; the
// job is cancelled if the handler then returns an error, and done if it does not.
func (q *Queue) Cancel(ctx context.Context, id uint64) (Answer, error) {
	return q.change(ctx, id, func(s Store) (map[uint64]Answer, error) {
		return s.Cancel(ctx, []uint64{id}, "cancelled by the program")
	})
}

// Reschedule moves the next attempt at a job to the given time. A job that a
// daemon has claimed is moved if its handler has not been started by then. A time that
// the column does not hold is refused as by a push, wrapping core.ErrInvalidPush.
func (q *Queue) Reschedule(ctx context.Context, id uint64, at time.Time) (Answer, error) {
	if err := CheckDue(max(at.Unix(), 0)); err != nil { // before milliseconds are made of it, which overflow
		return NotFound, err
	}
	return q.change(ctx, id, func(s Store) (map[uint64]Answer, error) {
		return s.Move(ctx, []uint64{id}, max(at.UnixMilli(), 1))
	})
}

// CheckDue returns why no job can be due at the Unix second, or nil. It is what
// core.CheckPush says of such an ExecTime, and wraps core.ErrInvalidPush.
func CheckDue(second int64) error {
	if second < 0 || second > math.MaxUint32 {
		return fmt.Errorf("exec_time is %d, allowed are Unix seconds from 0 to %d: %w", second, uint32(math.MaxUint32), core.ErrInvalidPush)
	}
	return nil
}

// Expedite makes a job due now.
func (q *Queue) Expedite(ctx context.Context, id uint64) (Answer, error) {
	return q.change(ctx, id, func(s Store) (map[uint64]Answer, error) { return s.Move(ctx, []uint64{id}, 0) })
}

// Find returns the id of the job of that kind which holds the unique key, or false
// where the key is free.
func (q *Queue) Find(ctx context.Context, execCmd, key string) (id uint64, taken bool, err error) {
	store, err := q.open(ctx)
	if err != nil {
		return 0, false, err
	}
	id, err = store.Holder(ctx, execCmd, key)
	return id, id != 0, err
}

func (q *Queue) change(ctx context.Context, id uint64, f func(Store) (map[uint64]Answer, error)) (Answer, error) {
	store, err := q.open(ctx)
	if err != nil {
		return NotFound, err
	}
	answers, err := f(store)
	return answers[id], err
}
