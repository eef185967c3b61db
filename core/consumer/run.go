package consumer

import "simplest_script/core"

// item is a message that waits in a run.
type item struct {
	task *core.Task
	lane *lane
	dead error // why it is to be dead-lettered, once that is decided
}

// run is a sequence of messages that must be done in order.
type run struct {
	key   string // "" for a run whose messages need no order
	items []item
	state state
}

// state is where a run stands; see the package comment.
type state int

const (
	ready state = iota
	running
	parked
)
