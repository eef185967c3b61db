package kafka

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"
)

// Initial says where a group begins that has never committed an offset.
type Initial string

// Oldest is the default: a new group works off what already lies in the topic. With
// Newest it begins with what comes after its first member has joined; once it has
// begun, nothing is passed over either way.
const (
	Oldest Initial = "oldest"
	Newest Initial = "newest"
)

// Strategy says how the members of a group share the partitions. All members of a
// group must have the same.
type Strategy string

// Sticky is the default: at each change every member gives up its partitions and
// is given most of them again. With CooperativeSticky, for brokers from 2.4, a
// member keeps those that do not move.
const (
	Sticky            Strategy = "sticky"
	CooperativeSticky Strategy = "cooperative-sticky"
)

// Open returns how the brokers are reached.
type Open func(ctx context.Context) (Cluster, error)

// Dial opens a connection to a broker.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Options are the settings of a Source. Topic and GroupID must be set; for every
// other field the zero value means the default.
type Options struct {
	Topic    string
	GroupID  string
	ClientID string   // the name that brokers log; simplest_script
	Initial  Initial  // Oldest
	Strategy Strategy // Sticky
	// MemberID makes the membership static, for brokers from 2.3: a daemon that is
	// back within Session causes no rebalance. It must differ between all members
	// of the group that live at the same time.
	MemberID string

	Session   time.Duration // without a heartbeat for so long, a member is dead; 30 s
	Heartbeat time.Duration // 3 s
	// Rebalance is how long a member that is to give up a partition may finish what
	// it has begun; 60 s. The others wait for it.
	Rebalance time.Duration
	Commit    time.Duration // how often offsets are committed at least; 1 s

	FetchBytes    int // what one fetch of a partition asks for; 1 MB
	ChannelBuffer int // messages between sarama and the queue of a lane; 1024
	QueueBytes    int // above it a partition is paused; 4 fetches
	// Window is how many messages of a partition may be given out and not yet be
	// committed, whether they are done or not; 20,000. A daemon that is killed makes
	// no more than these come again; where no message is in the way, far fewer.
	Window int

	DeadTopic string // where dead letters go; <topic>.dead
	// Standstill is how long the first message that waits in a partition may stay the
	// same before the partition counts as stuck, so that its lag calls for no more
	// workers; 5 min. Slower handlers than this do not bring more workers.
	Standstill time.Duration
	// Stall is how long a partition with messages to read may bring none before
	// the group is left and joined anew; 3 min.
	Stall time.Duration

	Dial Dial // plain TCP
}

const (
	defaultClientID = "simplest_script"
	megabyte        = 1 << 20
)

// withDefaults returns o with every field set.
func (o Options) withDefaults() Options {
	set(&o.ClientID, defaultClientID)
	set(&o.Initial, Oldest)
	set(&o.Strategy, Sticky)
	set(&o.Session, 30*time.Second)
	set(&o.Heartbeat, 3*time.Second)
	set(&o.Rebalance, time.Minute)
	set(&o.Commit, time.Second)
	set(&o.FetchBytes, megabyte)
	set(&o.ChannelBuffer, 1024)
	set(&o.QueueBytes, 4*o.FetchBytes)
	set(&o.Window, 20_000)
	set(&o.DeadTopic, o.Topic+".dead")
	set(&o.Standstill, 5*time.Minute)
	set(&o.Stall, 3*time.Minute)
	return o
}

func set[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

// check returns what is wrong with options that have their defaults.
func (o Options) check() error {
	var wrong []error
	refuse := func(bad bool, format string, args ...any) {
		if bad {
			wrong = append(wrong, fmt.Errorf(format, args...))
		}
	}
	refuse(o.Topic == "", "the topic is missing")
	refuse(o.GroupID == "", "the group id is missing")
	refuse(o.DeadTopic == o.Topic, "the dead letters of %q would go to itself", o.Topic)
	refuse(o.Initial != Oldest && o.Initial != Newest, "the initial offset is %q or %q, not %q", Oldest, Newest, o.Initial)
	refuse(o.Strategy != Sticky && o.Strategy != CooperativeSticky,
		"the strategy is %q or %q, not %q", Sticky, CooperativeSticky, o.Strategy)
	refuse(o.Heartbeat >= o.Session, "the heartbeat of %s must be shorter than the session timeout of %s", o.Heartbeat, o.Session)
	refuse(min(o.Session, o.Heartbeat, o.Rebalance, o.Commit, o.Standstill, o.Stall) < time.Millisecond, "a duration is less than a millisecond")
	refuse(min(o.FetchBytes, o.ChannelBuffer, o.QueueBytes, o.Window) < 1, "a size is less than 1")
	return errors.Join(wrong...)
}
