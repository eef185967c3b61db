package crontab

import (
	"math/rand/v2"
	"time"
)

// State is where a run stands: the column state of script_cron_run, and for runs
// of an entry with is_log the column status of crontab_log.
type State string

// The states. The values are stored, and never change.
const (
	Starting State = "starting" // permitted; its process has not reported yet
	Running  State = "running"
	Success  State = "success"
	Failed   State = "failed"
	Lost     State = "lost"    // its process is gone, or silent, and left no outcome
	Skipped  State = "skipped" // not run on purpose
	Missed   State = "missed"  // nobody could run it in time
)

// Final tells whether a run in this state has come to its end. Only Lost can
// still be replaced, by the outcome that the run itself reports.
func (s State) Final() bool { return s != Starting && s != Running }

// Place is the machine on which a process id means something. An empty Boot means
// that this machine does not tell.
type Place struct {
	Host  string // for people
	Boot  string // id of the boot
	PIDNS string // inode of the pid namespace
}

// Same tells whether process ids of p and q can be compared.
func (p Place) Same(q Place) bool {
	return p.Boot != "" && p.Boot == q.Boot && p.PIDNS == q.PIDNS
}

// Process is a process of one machine: its id, which will be given to another one
// some day, and the time of its start, by which the two are told apart.
type Process struct {
	PID   int
	Start uint64 // clock ticks after the boot
}

// Run is a row of script_cron_run: one tick and what became of it.
type Run struct {
	ID        uint64
	Partition string
	Entry     string    // Entry.ID
	Tick      time.Time // when it was due
	Hand      uint64    // not 0: a person started it, and it is nobody's tick
	TickEnd   time.Time // not zero: the row speaks for all ticks from Tick to this one
	Skip      bool      // of a row to be entered as Starting: Skipped where a run of the entry goes on
	State     State
	Token     uint64
	Reason    string

	ExecCmd, Name, Params string
	IsLog                 bool
	Timeout               time.Duration

	Place
	Owner   Process // who starts it
	Process Process // the run itself
	Seq     uint64  // counts its beats
	Stop    bool    // a person asks it to end

	Percent  int
	Progress string

	ClaimedAt, BeatAt, StartedAt, EndedAt time.Time // by the database's clock; zero: not yet

	Cost   time.Duration
	PeakKB int64
	Result string
	LogID  uint64 // crontab_log.id; 0: none
}

// Outcome is how a run ends.
type Outcome struct {
	State  State
	Reason string // of everything but Success
	Result string // JSON
	Cost   time.Duration
	PeakKB int64
}

// maxText is the width of the columns result and reason, in characters.
const maxText = 500

// newToken returns a random number that fits a signed column and is never 0.
func newToken() uint64 { return rand.Uint64N(1<<63-1) + 1 }
