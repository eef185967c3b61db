package core

import "context"

// Lane is one stream of messages that a consumer reads: a partition of a topic,
// or a list. Its methods may be called concurrently, but for Fetch, which one
// goroutine calls.
type Lane interface {
	// Name is for people: the topic and partition, or the key of the list.
	Name() string
	// Fetch returns between 1 and n messages in their order. It waits for the first
	// and not for more. When ctx ends it returns its error and has taken nothing.
	Fetch(ctx context.Context, n int) ([]*Task, error)
	// Done says that messages which Fetch returned are finished, in any order. What
	// was fetched and is not done when the lane ends comes again, here or elsewhere.
	// It does not wait for the service: an outage is waited out inside.
	Done(ts []*Task)
	// Dead puts a message aside for people, with the reason; only then it may be
	// called done. An error means that it is where it was.
	Dead(ctx context.Context, t *Task, reason error) error
}

// Serve works on a lane until intake ends, which says that the lane is taken away
// or that the daemon stops: then it fetches no more, finishes what it has begun
// and returns. When work ends, it abandons that too.
type Serve func(intake, work context.Context, l Lane)

// Source is where the messages of one entry come from.
type Source interface {
	// Run calls serve with each lane that this daemon is given, in a goroutine of
	// its own. It waits out outages, and returns when all lanes have ended after
	// intake has. An error is a fault of the program or of its configuration.
	Run(intake, work context.Context, serve Serve) error
	// Lag tells how many messages wait in all lanes of all daemons, and since when.
	// A lag that cannot be read is an error, never zero.
	Lag(ctx context.Context) (Lag, error)
}

// Lag is how far a consumer is behind.
type Lag struct {
	Messages int64
	Lanes    int // partitions, or 1 for a list
	// Stuck is how many of Messages lie in lanes whose first waiting message has been
	// the same for minutes, far longer than between two readings, as where it can
	// neither be done nor be put aside: more workers do not help there.
	Stuck int64
}
