package consumer

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Limits are how an entry scales, with the names of queue_<partition>.json.
type Limits struct {
	Progress, MaxProgress int   // workers at least and at most
	LagLimit              int64 // progress_lag_limit: messages that may wait
	AvgMessages           int64 // progress_avg_msgcount: messages that one more worker is for
	// KeepHigh is how long a look that wanted many workers keeps them from being
	// retired, and how long workers that brought nothing keep more from being added;
	// 0 is five minutes.
	KeepHigh time.Duration
}

// Reading is what the autoscaler decides from.
type Reading struct {
	At      time.Time
	Workers int
	Lag     int64         // messages that wait, without those in stuck lanes
	LagErr  error         // the lag could not be read
	Over    time.Duration // since the last reading
	Done    int64         // messages finished in that time
	Failed  int64         // attempts that failed in that time
	Stuck   int64         // messages that wait in stuck lanes
	Lanes   int           // how many workers the order allows to work at once; 0: any number
}

// rate is how fast messages were finished.
func (r Reading) rate() float64 { return float64(r.Done) / float64(max(r.Over, 1)) }

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
//     more for each AvgMessages messages of the lag, at least one, at most
//     MaxProgress, and no more than the order allows to work at once.
//   - More workers are added at once, except where most attempts fail, or where no
//     look since the last addition saw more throughput than there was before it.
//     After KeepHigh that is tried again.
//   - Workers are retired one at each look, and only when no look within KeepHigh
//     wanted as many as there are.
func Desired(l Limits, now Reading, history []Decision) (int, string) {
	wanted := l.wanted(now)
	switch byLag := l.byLag(now.Lag); {
	case now.LagErr != nil:
		return now.Workers, "the lag could not be read: " + now.LagErr.Error()
	case wanted > now.Workers:
		return l.more(wanted, now, history)
	case wanted < now.Workers:
		return l.fewer(wanted, now, history)
	case byLag > wanted:
		return now.Workers, fmt.Sprintf("lag %d wants %d workers, but its order lets no more than %d work at once", now.Lag, byLag, now.Lanes)
	}
	return now.Workers, fmt.Sprintf("lag %d wants the %d workers that there are", now.Lag, now.Workers)
}

// wanted is what the lag asks for, as far as the order allows it.
func (l Limits) wanted(now Reading) int {
	wanted := l.byLag(now.Lag)
	if now.Lanes > 0 {
		wanted = min(wanted, max(now.Lanes, l.Progress))
	}
	return wanted
}

// byLag is what the lag alone asks for.
func (l Limits) byLag(lag int64) int {
	if lag <= l.LagLimit {
		return l.Progress
	}
	extra := max(lag/max(l.AvgMessages, 1), 1)
	return int(min(int64(l.Progress)+extra, int64(l.MaxProgress)))
}

func (l Limits) keepHigh() time.Duration { return cmp.Or(l.KeepHigh, defaultKeepHigh) }

func (l Limits) more(wanted int, now Reading, history []Decision) (int, string) {
	if now.Done+now.Failed > 0 && float64(now.Failed) > errorShare*float64(now.Done+now.Failed) {
		return now.Workers, fmt.Sprintf("lag %d wants %d workers, but %d of %d attempts failed", now.Lag, wanted, now.Failed, now.Done+now.Failed)
	}
	if step, vain := l.vainStep(now, history); vain {
		return now.Workers, fmt.Sprintf("lag %d wants %d workers, but those added %s ago brought nothing: %d messages since the last look, %d before they came",
			now.Lag, wanted, now.At.Sub(step.At).Round(time.Second), now.Done, step.Done)
	}
	return wanted, fmt.Sprintf("lag %d is above the limit of %d", now.Lag, l.LagLimit)
}

// vainStep returns the last decision within KeepHigh that added workers, and
// whether nothing has become faster since.
func (l Limits) vainStep(now Reading, history []Decision) (step Decision, vain bool) {
	best := now.rate()
	for _, d := range slices.Backward(history) {
		if now.At.Sub(d.At) >= l.keepHigh() {
			break
		}
		if d.Desired > d.Workers {
			return d, d.Done > 0 && best <= d.rate()
		}
		best = max(best, d.rate())
	}
	return Decision{}, false
}

func (l Limits) fewer(wanted int, now Reading, history []Decision) (int, string) {
	for _, d := range slices.Backward(history) {
		if now.At.Sub(d.At) >= l.keepHigh() {
			break
		}
		if l.wantedBy(d) >= now.Workers {
			return now.Workers, fmt.Sprintf("lag %d wants %d workers; %d stay because lag %d wanted them %s ago",
				now.Lag, wanted, now.Workers, d.Lag, now.At.Sub(d.At).Round(time.Second))
		}
	}
	return now.Workers - 1, fmt.Sprintf("lag %d wants %d workers: one is retired", now.Lag, wanted)
}
