package delayqueue

import (
	"context"
	"time"

	"simplest_script/core"
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
	// Release makes claimed rows waiting again, as if they had not been claimed.
	Release(ctx context.Context, owner string, rows []Held) error
}

type finishStore interface {
	// MarkStarted records durably that the handler starts now. It returns false
	// where the row no longer belongs to the claim.
	MarkStarted(ctx context.Context, owner string, row Held) (bool, error)
	// Finish records outcomes and returns the ids of rows that no longer belonged
	// to the claim and were left alone.
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

// controlStore changes jobs for people and programs. Ids may be any number.
type controlStore interface {
	// Cancel makes jobs cancelled, with the reason, or asks their daemons to.
	Cancel(ctx context.Context, ids []uint64, reason string) (map[uint64]Answer, error)
	// Move makes jobs due at a Unix millisecond, 0 being now, or asks their daemons to.
	Move(ctx context.Context, ids []uint64, due int64) (map[uint64]Answer, error)
	// Retry makes jobs that failed, or were cancelled or skipped, due now, as if they
	// had just been pushed.
	Retry(ctx context.Context, ids []uint64) (map[uint64]Answer, error)
	// Holder returns the id of the job that holds the unique key, or 0.
	Holder(ctx context.Context, kind, key string) (uint64, error)
	// Pause lets no jobs of the kind be started until Resume; running ones go on.
	// Resume returns false where the kind was not paused.
	Pause(ctx context.Context, kind, reason string) error
	Resume(ctx context.Context, kind string) (bool, error)
}

// Action is what a daemon is asked to do with a job that it has claimed.
type Action uint8

// The values are stored, and never change.
const (
	ToCancel Action = 1
	ToMove   Action = 2
)

// Request is a row of script_delay_request, with where its job stands now. Held is
// the job and the token of its newest claim.
type Request struct {
	Held
	Action Action
	Due    int64            // Unix milliseconds, of ToMove
	At     int64            // when it was asked for
	Status core.DelayStatus // 0: there is no such job
	Owner  string
}

// Paused is a kind that is not started for the time being.
type Paused struct {
	Kind   string
	Reason string
	Since  int64 // Unix milliseconds
}

// requestStore is what daemons need to do what they are asked.
type requestStore interface {
	// Requests returns up to limit requests about jobs with an id above after, by id.
	Requests(ctx context.Context, after uint64, limit int) ([]Request, error)
	// Grant does what is asked to a job that still stands as the request says: one
	// that waits, or one that runs under this claim, whose handler must not have been
	// started. It returns false where the job stands otherwise by now.
	Grant(ctx context.Context, r Request) (bool, error)
	// Forget removes a request, unless something else has been asked since.
	Forget(ctx context.Context, r Request) error
	// Pauses returns the paused kinds.
	Pauses(ctx context.Context) ([]Paused, error)
}

// retireStore makes room.
type retireStore interface {
	// Retire removes up to limit jobs of a final status that came to an end before the
	// Unix second, with all that is kept about them; with archive they are moved to
	// script_delay_archive. It returns how many.
	Retire(ctx context.Context, status core.DelayStatus, before int64, archive bool, limit int) (int, error)
	// ForgetArchived removes up to limit jobs that were archived before the Unix second.
	ForgetArchived(ctx context.Context, before int64, limit int) (int, error)
}
