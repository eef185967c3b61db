package consumer

import (
	"time"

	"simplest_script/core"
)

// run is a sequence of messages that must be done in order, or a loose one, whose
// messages need none: it can be divided between workers.
type run struct {
	key    string // "" for a loose run
	loose  bool
	pieces []piece // exactly one in a loose run that waits
	state  state
}

// piece is messages of one lane that follow each other in a run.
type piece struct {
	lane  *lane
	tasks []*core.Task
}

// state is where a run stands; see the package comment.
type state int

const (
	ready state = iota
	running
	parked
)

// append adds messages at the end. Pieces grow up to what one fetch may bring, so
// that a batch handler is given many at once also where they come one by one.
func (r *run) append(l *lane, ts []*core.Task) {
	if n := len(r.pieces); n > 0 {
		if last := &r.pieces[n-1]; last.lane == l && len(last.tasks)+len(ts) <= fetchSize {
			last.tasks = append(last.tasks, ts...)
			return
		}
	}
	r.pieces = append(r.pieces, piece{lane: l, tasks: ts[:len(ts):len(ts)]})
}

// pop takes the first piece out of a run that has one.
func (r *run) pop() piece {
	p := r.pieces[0]
	copy(r.pieces, r.pieces[1:])
	last := len(r.pieces) - 1
	r.pieces[last] = piece{}
	r.pieces = r.pieces[:last]
	return p
}

// takesIn tells whether n messages of a lane may be added to a loose run.
func (r *run) takesIn(l *lane, n int) bool {
	return r.loose && r.pieces[0].lane == l && len(r.pieces[0].tasks)+n <= fetchSize
}

// turn is messages in the hands of a worker, and what became of them there.
type turn struct {
	run *run // nil for messages that need no order
	piece
	finished int          // messages that are done for good
	back     []*core.Task // those that go back to the front of the run
	pause    time.Duration
}
