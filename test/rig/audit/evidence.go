package audit

// Evidence is everything that was recorded about one load. Times are Unix
// milliseconds; database and handlers run on one machine, and so on one clock.
type Evidence struct {
	Pushes  []Push
	Jobs    []Job // the rows at the end
	Runs    []Run
	Changes []Change // of each job in the order in which they took place
	Daemons []Daemon
	// Disturbed are the processes that the test itself killed, halted, or cut off
	// from the database: their leases may be lost, and what they did may be done again.
	Disturbed map[int]bool
}

// PushOutcome is what a push answered.
type PushOutcome string

// The answers of a push.
const (
	Confirmed PushOutcome = "confirmed" // all of it is stored
	Unknown   PushOutcome = "unknown"   // all of it or nothing
	Refused   PushOutcome = "refused"   // nothing of it is stored
)

// Push is one act of pushing jobs, whose names nobody else uses.
type Push struct {
	Names   []string    `json:"names"`
	IDs     []uint64    `json:"ids,omitempty"` // in the order of Names, where the push answered them
	Outcome PushOutcome `json:"outcome"`
}

// Job is the row of a job at the end.
type Job struct {
	ID     uint64
	Name   string
	Status int
	Owner  string
	LateMs int64
	Writer int // pid of the run whose result the row has; 0 where it does not tell
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
}
