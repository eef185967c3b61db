package delayqueue

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"
)

const (
	// slowTries is how often a group may take longer than a statement may.
	slowTries = 2
	// smallGroup is how many rows are not what makes a statement slow.
	smallGroup = 50
	// moment is how long recording gives way to starting at most, and glance how long
	// it does so between two looks.
	moment = 20 * time.Millisecond
	glance = 500 * time.Microsecond
)

// completer records outcomes. Each write takes whatever has come in during the
// one before, up to what one statement holds: a single job is recorded at once,
// and under load the groups grow by themselves, so there is no delay to tune. Only
// to jobs that fell due together, and have yet to begin, it gives way for a moment.
type completer struct {
	store   finishStore
	forget  func(jobs ...*job)                 // called with the jobs whose rows say what became of them
	done    func(j *job, o Outcome, lost bool) // called once for each of them after that
	unsure  func(bool)                         // told whether outcomes cannot be recorded at the moment
	rush    func() bool                        // tells whether due jobs wait that will all begin within a moment
	pulse   func()
	timeout time.Duration // of one write
	log     *zap.Logger
	outage  *outage.Outage

	most int // outcomes in a group; see halve

	// Of the goroutine of run alone.
	seen     map[uint64]bool // the rows of a group, while it is taken
	outcomes []Outcome       // those of one statement
	waited   time.Time       // when a lock was last waited for in vain
	aside    []deferred      // what is pending again after a while
	ending   bool            // nothing is put aside for long any more
	gave     bool            // it has given way as long as it may; see giveWay

	mu      sync.Mutex
	pending [][]finished // in groups: one list that grows would be copied while everybody waits to add to it
	spare   [][]finished // rooms for groups; see reuse
	wake    chan struct{}
}

// run records until stop ends and every outcome is recorded, or until hurry ends. It
// returns how many were not, among them those that the database refused to the end.
func (c *completer) run(stop, hurry context.Context) int {
	tick := time.NewTicker(lastPause)
	defer tick.Stop()
	end := stop
	for {
		c.pulse()
		if !c.ending && stop.Err() != nil {
			c.hasten()
			end = hurry
		}
		c.bringBack()
		c.giveWay(hurry)
		group := c.take()
		switch {
		case len(group) == 0 && c.ending && (len(c.aside) == 0 || hurry.Err() != nil):
			return c.left()
		case len(group) == 0:
			select {
			case <-c.wake:
			case <-tick.C:
			case <-end.Done():
			}
		case !c.write(hurry, group):
			return len(group) + c.left()
		default:
			c.reuse(group)
		}
	}
}

// giveWay lets jobs begin first that fell due together: to record what the first of them
// did would take the processor from the others. Where jobs fall due all the time it does
// so once, until it has caught up with them.
func (c *completer) giveWay(ctx context.Context) {
	for began := time.Now(); c.rush(); {
		c.gave = c.gave || time.Since(began) >= moment
		if c.gave || !outage.Sleep(ctx, glance) {
			return
		}
	}
	c.gave = c.gave && !c.nothing()
}

// write records a group and tries again until it is recorded or ctx ends. Where
// the database refuses a value, or somebody's transaction holds a row, or no statement
// holds a result, the others must not wait for it.
func (c *completer) write(ctx context.Context, group []finished) bool {
	if c.keepPart(ctx, group) {
		return true
	}
	for try := 1; ; try++ {
		err := c.finish(ctx, group)
		held := lockedIn(err)
		switch {
		case err == nil || len(held) > 0:
			c.allLocked(group, held)
			c.answered()
			return true
		case errors.Is(err, context.DeadlineExceeded) && divisible(group) && try >= slowTries:
			return c.halve(ctx, group)
		case errors.Is(err, context.DeadlineExceeded) && len(group) == 1 && large(group) && c.tooLarge(ctx, group[0]):
			return true
		case sqldb.LockWait(err) && len(group) > 1:
			return c.inHalves(ctx, group)
		case sqldb.LockWait(err):
			c.answered()
			c.locked(group[0])
			return true
		case sqldb.BadValue(err) && len(group) > 1:
			for i := range group {
				if !c.write(ctx, group[i:i+1]) {
					return false
				}
			}
			return true
		case sqldb.BadValue(err):
			c.answered()
			c.refused(ctx, group[0], err)
			return true
		}
		c.unsure(true)
		if !outage.Sleep(ctx, c.outage.Failed(err)) {
			return false
		}
	}
}

// answered is called where the database has said something of an outcome, so that no
// outage is what stands in the way of it.
func (c *completer) answered() {
	c.outage.OK()
	c.unsure(false)
}

// halve writes a group that takes longer than a statement may in two parts, and lets
// the next groups be no larger, until statements are quick again.
func (c *completer) halve(ctx context.Context, group []finished) bool {
	c.most = len(group) / 2
	return c.inHalves(ctx, group)
}

func (c *completer) inHalves(ctx context.Context, group []finished) bool {
	half := len(group) / 2
	return c.write(ctx, group[:half]) && c.write(ctx, group[half:])
}

// refused records an outcome with a plain result where the database does not take
// it as it is: a column may have an old character set. What it does not take even
// so is tried again later, because its row must not be run again meanwhile.
func (c *completer) refused(ctx context.Context, f finished, err error) {
	about := []zap.Field{zap.Uint64("task_id", f.job.ID), zap.String("reason", sqldb.Name(err))} // the text may quote the result
	simple := f
	simple.outcome.Result, simple.outcome.Whole = plain(f.outcome.Result), ""
	if err = c.finish(ctx, []finished{simple}); err == nil {
		c.log.Error("result refused by the database, kept as plain text", about...)
		return
	}
	if c.failChained(ctx, simple, err) {
		return
	}
	c.later(f, refusedPause, "outcome refused by the database, trying again", about...)
}

// failChained records a job as failed whose successors the database does not take: it
// cannot be done without them.
func (c *completer) failChained(ctx context.Context, f finished, err error) bool {
	if len(f.outcome.Successors) == 0 || !sqldb.BadValue(err) {
		return false
	}
	f.outcome.Status, f.outcome.Successors = core.DelayFailed, nil
	f.outcome.Result = "the handler succeeded, but the database refuses its successors: " + sqldb.Name(err)
	if c.finish(ctx, []finished{f}) != nil {
		return false
	}
	c.log.Error("successors refused by the database, their job has failed", zap.Uint64("task_id", f.job.ID), zap.String("reason", sqldb.Name(err)))
	return true
}

// finish records a group. Where the store has left some out, it says which, and all
// others are done with.
func (c *completer) finish(ctx context.Context, group []finished) error {
	c.pulse()
	defer c.pulse()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	began := time.Now()
	c.outcomes = c.outcomes[:0]
	for _, f := range group {
		c.outcomes = append(c.outcomes, f.outcome)
	}
	defer clear(c.outcomes)
	lost, err := c.store.Finish(ctx, group[0].job.gen.owner, c.outcomes)
	held := lockedIn(err)
	if err != nil && len(held) == 0 {
		return err
	}
	if time.Since(began) < c.timeout/4 {
		c.most = min(2*cmp.Or(c.most, RowsPerGroup), RowsPerGroup)
	}
	if len(held) > 0 {
		group = slices.DeleteFunc(slices.Clone(group), func(f finished) bool { return slices.Contains(held, f.job.ID) })
	}
	c.recorded(group, lost)
	return err
}

// recorded tells everybody of outcomes whose rows say by now what became of them.
func (c *completer) recorded(group []finished, lost []uint64) {
	jobs := make([]*job, len(group))
	for i, f := range group {
		jobs[i] = f.job
	}
	c.forget(jobs...)
	for _, f := range group {
		c.done(f.job, f.outcome, slices.Contains(lost, f.job.ID))
	}
}
