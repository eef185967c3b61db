package delayqueue

import (
	"context"

	"simplest_script/core"
)

// controlStore changes jobs for people and programs. Ids may be any number. Jobs that
// the original program left running are changed at once, like those that wait: there
// is no daemon to be asked.
type controlStore interface {
	// Cancel makes jobs cancelled, with the reason, or asks their daemons to.
	Cancel(ctx context.Context, ids []uint64, reason string) (map[uint64]Answer, error)
	// Move makes jobs due at a Unix millisecond, 0 being now, or asks their daemons to.
	// A time that CheckDue refuses it refuses for all of them.
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
	// Pauses returns the paused kinds.
	Pauses(ctx context.Context) ([]Paused, error)
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
	Reason string           // of ToCancel: the result of the job; empty where an older program asks
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
	// that waits, or one that runs under this claim or none, whose handler must not have
	// been started. It returns false where the job stands otherwise by now.
	Grant(ctx context.Context, r Request) (bool, error)
	// Forget removes a request, unless something else has been asked since.
	Forget(ctx context.Context, r Request) error
	// PausedOf returns those of the kinds that are paused. What is the same kind is for
	// the database to say, as it is when jobs of a kind are claimed.
	PausedOf(ctx context.Context, kinds []string) ([]string, error)
}

// Place is where a walk along jobs by their due times has come to. The zero value is
// before the first.
type Place struct {
	Second int64 // due, Unix
	ID     uint64
}

// retireStore makes room.
type retireStore interface {
	// RetireFrom looks at up to limit jobs of a final status that lie behind the place,
	// and removes those that came to an end before the Unix second, with all that is
	// kept about them; with archive they are moved to script_delay_archive. It returns
	// how many, and the place it has come to, which is zero where nothing lies behind.
	RetireFrom(ctx context.Context, from Place, status core.DelayStatus, before int64, archive bool, limit int) (gone int, next Place, err error)
	// ForgetArchived removes up to limit jobs that were archived before the Unix second.
	ForgetArchived(ctx context.Context, before int64, limit int) (int, error)
}

// statisticStore keeps counts for screens.
type statisticStore interface {
	// WriteStatistics stores rows of one owner in place of what it stored before.
	WriteStatistics(ctx context.Context, owner string, statistics []Statistic) error
	// PurgeStatistics removes up to limit of those of spans of so many minutes that began
	// before the Unix second, the oldest first.
	PurgeStatistics(ctx context.Context, minutes int, before int64, limit int) (int, error)
}

// progressStore keeps what running jobs say.
type progressStore interface {
	// WriteProgress stores how far jobs say they are.
	WriteProgress(ctx context.Context, all []Said) error
}

// deathStore keeps what is left of attempts whose daemon died.
type deathStore interface {
	// Deaths returns up to limit attempts whose daemon died on the host, is none of
	// those that are excepted, and of which nothing was said with Explain: those that
	// had certainly been started first, then the newest.
	Deaths(ctx context.Context, host string, except []string, limit int) ([]Death, error)
	// Explain keeps a text, which may be empty, about the attempts at up to RowsPerExplain
	// jobs that died with the owner. What was said before stays.
	Explain(ctx context.Context, owner string, jobs []uint64, text string) error
}
