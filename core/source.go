package core

import "context"

// Lane is one stream of messages that a consumer reads: a partition of a topic,
// or a list.
type Lane interface {
	// Name is for people: the topic and partition, or the key of the list.
	Name() string
	// Fetch returns up to n messages as soon as there is one.
	Fetch(ctx context.Context, n int) ([]*Task, error)
	// Done marks tasks that Fetch returned as finished, in any order. What was
	// fetched and never marked comes again after a restart.
	Done(ctx context.Context, ts []*Task) error
	// Lag is how many messages wait. A lag that cannot be read is an error, never zero.
	Lag(ctx context.Context) (int64, error)
}

// Source is where the messages of one entry come from. It calls serve with each
// lane that this daemon is given, in a goroutine of its own, and ends serve's
// context when the lane is taken away again.
type Source interface {
	Run(ctx context.Context, serve func(ctx context.Context, l Lane) error) error
}
