package audit

import "simplest_script/core/delayqueue"

// Evidence is everything that was recorded about one load. Times are Unix
// milliseconds; database and handlers run on one machine, and so on one clock.
type Evidence struct {
	Pushes  []Push
	Jobs    []Job // the rows at the end
	Runs    []Run
	Changes []Change // of each job in the order in which they took place
	Daemons []Daemon
	// Business are the names of those jobs beside which their pushers wrote a row of their
	// own, in one transaction that was committed.
	Business []string
	// Requests are what was asked of jobs while the load ran.
	Requests []Request
	// Retries are the requests to try jobs again by hand.
	Retries []Retry
	// Chain is the kind whose jobs push one successor each, named by Next; "": none.
	Chain string
	// Outages are the spans in which the database answered to nobody.
	Outages []Span
	// Within is how long after the last sign of life of a daemon its jobs must be found
	// again, in milliseconds, while the database answers; 0: it is not judged.
	Within int64
	// Acts are what the test did to processes, by which a report tells causes.
	Acts []Act
	// Disturbed are the processes that the test itself killed, halted, or cut off
	// from the database: their leases may be lost.
	Disturbed map[int]bool
}

// PushOutcome is what a push answered.
type PushOutcome string

// The answers of a push.
const (
	Confirmed PushOutcome = "confirmed" // all of it is stored
	Unknown   PushOutcome = "unknown"   // all of it or nothing
	Refused   PushOutcome = "refused"   // nothing of it is stored
	// Nor is it of a push in a transaction of the caller's
	RolledBack PushOutcome = "rolled back" // that the caller ended so,
	Abandoned  PushOutcome = "abandoned"   // or did not live to commit.
)

// Nothing tells that nothing is stored.
func (o PushOutcome) Nothing() bool { return o == Refused || o == RolledBack || o == Abandoned }

// Push is one act of pushing jobs, whose names nobody else uses. Where it has keys,
// one for each name, others may push jobs with the same ones, and of each key there
// is to be one row.
type Push struct {
	Names   []string    `json:"names"`
	Keys    []string    `json:"keys,omitempty"`
	IDs     []uint64    `json:"ids,omitempty"` // in the order of Names, where the push answered them
	Outcome PushOutcome `json:"outcome"`
	// Tx: in a transaction of the caller's, beside a row of its own for each name.
	Tx bool `json:"tx,omitempty"`
}

// Job is the row of a job at the end.
type Job struct {
	ID      uint64
	Name    string
	Kind    string
	Key     string // unique, for ever
	Status  int
	Owner   string
	LateMs  int64
	MaxLate int64 // 0: it may start however late
	Writer  int   // pid of the run whose result the row has; 0 where it does not tell
}

// Next is the name of the successor of a job.
func Next(name string) string { return name + "-next" }

// Request is what was asked of a job, and what was answered; Sure is false where no
// answer came.
type Request struct {
	Job    uint64
	At     int64 // when the answer was here
	Sure   bool
	Answer delayqueue.Answer
}

// Span is a time.
type Span struct{ From, To int64 }

// Acts that explain more than that a lease was lost.
const (
	Killed     = "killed"       // there is no other after it
	ToldToStop = "told to stop" // handlers that do not return in time are cut off
)

// Act is something that the test did to a process.
type Act struct {
	PID  int
	At   int64
	What string
}

// Run is one execution of a handler, as it noted it itself.
type Run struct {
	PID     int    `json:"pid"`
	Job     uint64 `json:"job"`
	Attempt int    `json:"attempt"`
	Due     int64  `json:"due"`
	Start   int64  `json:"start"`
	End     int64  `json:"end"` // 0: it did not come to its end
	Error   string `json:"error,omitempty"`
}

// Change is one change of the status of a row. Owner and token are those of the
// claim that began or ended with it.
type Change struct {
	Job      uint64
	At       int64 // when its statement began
	From, To int
	Owner    string
	Token    uint64
	Due      int64 // of the attempt that was claimed
	Attempts int   // after the change
	// What the change added to the columns of the row, by which the ways out of
	// status 2 are told apart.
	MoreAttempts, MoreRescues, MoreDeaths int
}

// Daemon is one incarnation.
type Daemon struct {
	ID   string
	PID  int
	Dead bool
	Why  string
	Beat int64 // its last sign of life
	// Ended is when it was declared dead or stopped; 0: it was not.
	Ended int64
}
