package consumer

import (
	"cmp"
	"fmt"
	"time"
)

// Limits are how an entry scales, with the names of queue_<partition>.json.
type Limits struct {
	Progress, MaxProgress int   // workers at least and at most
	LagLimit              int64 // progress_lag_limit: messages that may wait
	AvgMessages           int64 // progress_avg_msgcount: messages that one more worker is for
	// KeepHigh is how long a high desired number keeps workers from being retired; 0
	// is five minutes.
	KeepHigh time.Duration
}

// Reading is what the autoscaler decides from.
type Reading struct {
	At      time.Time
	Workers int
	Lag     int64 // messages that wait, without those in stuck lanes
	LagErr  error // the lag could not be read
	Done    int64 // messages finished since the last reading
	Failed  int64 // attempts that failed since then
	Stuck   int64 // messages that wait in stuck lanes
}

// Decision is one look of the autoscaler, kept with its inputs so that a person
// can ask why.
type Decision struct {
	Reading
	Desired int
	Reason  string
}

const (
	defaultKeepHigh = 5 * time.Minute
	// errorShare is the share of failed attempts above which more workers would only
	// fail more.
	errorShare = 0.5
)

// Desired returns how many workers there should be, and why. history is what was
// decided before, the newest last. It is a pure function:
//
//   - A lag that cannot be read changes nothing.
//   - Up to the limit the entry's progress is enough. Above it there is one worker
//     more for each AvgMessages messages, at least one, at most MaxProgress.
//   - More workers are added at once, except where most attempts fail, or where the
//     last addition brought no throughput.
//   - Workers are retired one at each look, and only when no look within KeepHigh
//     wanted as many as there are.
func Desired(l Limits, now Reading, history []Decision) (int, string) {
	switch wanted := l.wanted(now); {
	case now.LagErr != nil:
		return now.Workers, "the lag could not be read: " + now.LagErr.Error()
	case wanted > now.Workers:
		return l.more(wanted, now, history)
	case wanted < now.Workers:
		return l.fewer(wanted, now, history)
	}
	return now.Workers, fmt.Sprintf("lag %d wants the %d workers that there are", now.Lag, now.Workers)
}

// wanted is what the lag alone asks for.
func (l Limits) wanted(now Reading) int {
	if now.Lag <= l.LagLimit {
		return l.Progress
	}
	over := now.Lag - l.LagLimit
	extra := min((over+l.AvgMessages-1)/max(l.AvgMessages, 1), int64(l.MaxProgress))
	return min(l.Progress+int(max(extra, 1)), l.MaxProgress)
}

func (l Limits) more(wanted int, now Reading, history []Decision) (int, string) {
	if now.Done+now.Failed > 0 && float64(now.Failed) > errorShare*float64(now.Done+now.Failed) {
		return now.Workers, fmt.Sprintf("lag %d wants %d workers, but %d of %d attempts failed", now.Lag, wanted, now.Failed, now.Done+now.Failed)
	}
	if before, after, ok := lastStep(now, history); ok && after <= before {
		return now.Workers, fmt.Sprintf("lag %d wants %d workers, but the last ones added brought nothing: %d messages, before %d", now.Lag, wanted, after, before)
	}
	return wanted, fmt.Sprintf("lag %d is above the limit of %d", now.Lag, l.LagLimit)
}

// lastStep returns the throughput before and after workers were added at the look
// before this one.
func lastStep(now Reading, history []Decision) (before, after int64, ok bool) {
	if len(history) < 2 {
		return 0, 0, false
	}
	last := history[len(history)-1]
	if last.Desired <= last.Workers || last.Done == 0 {
		return 0, 0, false
	}
	return last.Done, now.Done, true
}

func (l Limits) fewer(wanted int, now Reading, history []Decision) (int, string) {
	keep := cmp.Or(l.KeepHigh, defaultKeepHigh)
	for i := len(history) - 1; i >= 0 && now.At.Sub(history[i].At) < keep; i-- {
		h := history[i]
		if h.LagErr == nil && l.wanted(h.Reading) >= now.Workers {
			return now.Workers, fmt.Sprintf("lag %d wants %d workers; %d stay because lag %d wanted them %s ago",
				now.Lag, wanted, now.Workers, h.Lag, now.At.Sub(h.At).Round(time.Second))
		}
	}
	return now.Workers - 1, fmt.Sprintf("lag %d wants %d workers: one is retired", now.Lag, wanted)
}
