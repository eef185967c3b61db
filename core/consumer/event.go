package consumer

import "simplest_script/core/conf"

// Event counts what a worker did with a slice of messages.
type Event struct {
	Entry   *conf.QueueEntry // not to be changed
	Done    int              // the handler returned nil, or the message was dead-lettered
	Retried int              // failed, and waits for its next attempt
	Dead    int              // dead-lettered
}

// Observer is told of events in the goroutine in which they happen: it must be
// quick and safe for concurrent use.
type Observer func(Event)
