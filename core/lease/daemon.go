package lease

import (
	"context"
	"time"
)

// Identity is what a daemon says about itself to people and to other daemons.
type Identity struct {
	Host      string
	PID       int
	Partition string
	Env       string
	Version   string
	Kinds     []string // the delay jobs that it can run
}

// Daemon is a row of script_daemon: one incarnation. Times are Unix milliseconds
// by the database's clock, for people only; nothing is decided by them.
type Daemon struct {
	ID   string // 32 hexadecimal characters
	Seq  uint64 // counted up by each beat
	Dead bool
	Identity
	StartedAt int64
	BeatAt    int64 // the last beat
	EndedAt   int64 // 0 while it lives
}

// Store keeps the rows of the daemons. All calls are safe for concurrent use and
// end when their context does, with an error after which the call may or may not
// have taken effect.
type Store interface {
	// Begin writes the row of a new incarnation. Repeating it for the same id, after
	// an unknown outcome, does no harm; it does not bring a dead row back to life.
	Begin(ctx context.Context, id string, who Identity) error
	// Beat counts the row up. It answers false where there is no living row of that id.
	Beat(ctx context.Context, id string) (alive bool, err error)
	// Living lists the rows that are not declared dead.
	Living(ctx context.Context) ([]Daemon, error)
	// Condemn declares an incarnation dead, if it lives and its counter is still seq.
	// It tells whether it did.
	Condemn(ctx context.Context, id string, seq uint64, why string) (bool, error)
	// End declares an incarnation dead that ended in good order.
	End(ctx context.Context, id string) error
	// Forget deletes some of the rows that have been dead for longer than age, and
	// tells how many. An owner without a row is as dead as one that was declared dead.
	Forget(ctx context.Context, age time.Duration) (int64, error)
}
