package delayqueue

import (
	"context"
	"time"

	"simplest_script/core"
)

// How many rows one call may be given, and finds at most.
const (
	RowsPerGroup  = 500  // with values of their own
	RowsPerList   = 1000 // by their ids
	RowsPerRetire = 1000 // few enough that nobody waits for the transaction that removes them
)

// Claim names one act of claiming: by whom, and a random number that no other
// claim has. Its rows carry both until they are claimed again.
type Claim struct {
	Owner string // the incarnation of the daemon
	Token uint64
}

// Row is a claimed job as the store returns it. Times are Unix milliseconds by
// the database's clock.
type Row struct {
	ID          uint64
	Token       uint64
	Name        string
	ExecCmd     string
	Params      string
	Due         int64 // of this attempt
	FirstDue    int64 // of the first attempt
	Attempts    int   // finished before this one
	MaxAttempts int   // this and the other limits below, 0: as the handler is registered
	Rescues     int   // how often it was taken over from a dead daemon
	Timeout     time.Duration
	MaxLate     time.Duration
}

// Held names a row that this daemon has claimed.
type Held struct {
	ID, Token uint64
}

// Outcome is what became of one attempt. Times are Unix milliseconds by the
// database's clock.
type Outcome struct {
	Held
	Status   core.DelayStatus // waiting (to be tried again), done, failed
	Result   string           // what fits the column result
	Whole    string           // the whole result where Result is only its beginning
	Attempts int              // finished, with this one
	NextDue  int64            // of the next attempt, where Status is waiting
	FirstDue int64
	Started  int64
	Ended    int64
	Late     time.Duration // start against the attempt's own due time

	// Successors are pushed in the transaction that records the outcome done.
	Successors []core.DelayQueuePushParams
}

// Rescued counts what one look for the jobs of dead daemons did.
type Rescued struct {
	Waiting     int // free for another attempt
	Quarantined int // set aside as failed: they were running in every one of several deaths
}

// Load is how many jobs of a kind fall due in one second.
type Load struct {
	Second int64 // Unix
	Jobs   int
}

// Store keeps the jobs. All its methods may be called concurrently, and all of
// them may be repeated after an error, except Push and PushTx.
type Store interface {
	pushStore
	claimStore
	finishStore
	rescueStore
	scanStore
	controlStore
	requestStore
	retireStore
	statisticStore
	deathStore
	progressStore
}

type claimStore interface {
	// Now returns the database's clock as Unix microseconds, rounded down.
	Now(ctx context.Context) (int64, error)
	// Claim takes up to limit waiting jobs of the kind that fall due within ahead;
	// more tells that there were at least as many. After an error the rows may
	// nevertheless be claimed: Claimed tells.
	Claim(ctx context.Context, c Claim, kind string, ahead time.Duration, limit int) (rows []Row, more bool, err error)
	// Claimed returns the running rows of the claim.
	Claimed(ctx context.Context, c Claim) ([]Row, error)
	// Owned returns all running rows of the owner.
	Owned(ctx context.Context, owner string) ([]Held, error)
	// Release makes claimed rows waiting again, as if they had not been claimed. It
	// returns how many: those that no longer belong to their claims are left alone.
	Release(ctx context.Context, owner string, rows []Held) (int, error)
}

type finishStore interface {
	// MarkStarted records durably that the handler starts now. It returns false
	// where the row no longer belongs to the claim.
	MarkStarted(ctx context.Context, owner string, row Held) (bool, error)
	// Finish records outcomes and returns the ids of rows that no longer belonged
	// to the claim and were left alone. With a LockedError it has recorded those of
	// all rows but the ones that the error names.
	Finish(ctx context.Context, owner string, outcomes []Outcome) (lost []uint64, err error)
}

type rescueStore interface {
	// Rescue frees up to limit running rows whose owner is not among the living
	// daemons. Rows that were running in poison deaths are set aside as failed.
	Rescue(ctx context.Context, poison, limit int) (Rescued, error)
}

type scanStore interface {
	// Unknown returns the kinds that have waiting rows and are none of known, each
	// with the due second of its first row. What is the same kind is for the database
	// to say, as it is when jobs of a kind are claimed.
	Unknown(ctx context.Context, known []string) (map[string]int64, error)
	// FailUnknown sets up to limit overdue waiting rows of the kind to failed.
	FailUnknown(ctx context.Context, kind, reason string, limit int) (int, error)
	// Forecast counts the waiting rows of the kind that fall due within ahead, by
	// second; it stops counting at limit rows.
	Forecast(ctx context.Context, kind string, ahead time.Duration, limit int) ([]Load, error)
	// Ownerless counts running rows without an owner, up to limit: those that the
	// original program left behind.
	Ownerless(ctx context.Context, limit int) (int, error)
}
