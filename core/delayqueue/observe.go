package delayqueue

import (
	"time"

	"simplest_script/core"
)

// EventType is what happened to a job.
type EventType string

// The events. All from done on come after the row says the same.
const (
	Pushed    EventType = "pushed"  // by a Queue of this process, in a transaction of its own
	Started   EventType = "started" // the handler is called
	Done      EventType = "done"    // nil error
	Retried   EventType = "retried" // failed, and waits for its next attempt
	Failed    EventType = "failed"  // for good
	Skipped   EventType = "skipped" // not run on purpose
	Cancelled EventType = "cancelled"
	Released  EventType = "released" // given back: the daemon is stopping
	Discarded EventType = "lost"     // the outcome came too late: another daemon owns the job
)

// Event is one step in the life of a job in this process.
type Event struct {
	Type    EventType
	ID      uint64
	Kind    string
	Name    string
	Attempt int
	Due     time.Time     // of this attempt; zero for Pushed
	Late    time.Duration // start against Due, or its end where it was not started: negative where that came before
	Took    time.Duration // of the handler
	Next    time.Time     // of the next attempt, for Retried
	Reason  string        // for Retried and Failed
}

// Observer is told of events, in the goroutine in which they happen: it must be
// quick and safe for concurrent use.
type Observer func(Event)

func (o Observer) tell(e Event) {
	if o != nil {
		o(e)
	}
}

// eventOf returns the event for a recorded outcome.
func eventOf(j *job, o Outcome) Event {
	e := Event{
		Type: Done, ID: j.ID, Kind: j.kind.name, Name: j.Name, Attempt: o.Attempts,
		Due: time.UnixMilli(j.Due), Late: o.Late,
	}
	if o.Started > 0 { // else no handler was called
		e.Took = time.Duration(o.Ended-o.Started) * time.Millisecond
	}
	switch o.Status {
	case core.DelayWaiting:
		e.Type, e.Reason, e.Next = Retried, o.Result, time.UnixMilli(o.NextDue)
	case core.DelayFailed:
		e.Type, e.Reason = Failed, o.Result
	case core.DelaySkipped:
		e.Type, e.Reason = Skipped, o.Result
	case core.DelayCancelled:
		e.Type, e.Reason = Cancelled, o.Result
	}
	return e
}
