package delayqueue

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"
)

// completer records outcomes. Each write takes whatever has come in during the
// one before: a single job is recorded at once, and under load the groups grow by
// themselves, so there is no delay to tune.
type completer struct {
	store   finishStore
	done    func(j *job, o Outcome, lost bool) // called once for each job whose row says what became of it
	pulse   func()
	timeout time.Duration // of one write
	log     *zap.Logger
	outage  *outage.Outage

	mu      sync.Mutex
	pending []finished
	wake    chan struct{}
}

type finished struct {
	job     *job
	outcome Outcome
}

// add hands over an outcome. It never blocks: what is pending is bounded by what
// is in hand, since nothing is claimed while nothing can be recorded.
func (c *completer) add(j *job, o Outcome) {
	c.mu.Lock()
	c.pending = append(c.pending, finished{j, o})
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// run records until stop ends and nothing is pending any more, or until hurry
// ends. It returns how many outcomes could not be recorded.
func (c *completer) run(stop, hurry context.Context) int {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		c.pulse()
		batch := c.take()
		if len(batch) == 0 {
			if stop.Err() != nil {
				return 0
			}
			select {
			case <-c.wake:
			case <-tick.C:
			case <-stop.Done():
			}
			continue
		}
		if !c.write(hurry, batch) {
			return len(batch) + len(c.take())
		}
	}
}

func (c *completer) take() []finished {
	c.mu.Lock()
	defer c.mu.Unlock()
	batch := c.pending
	c.pending = nil
	return batch
}

// write records a batch, owner by owner, and tries again until it is recorded or
// ctx ends.
func (c *completer) write(ctx context.Context, batch []finished) bool {
	byOwner := map[string][]finished{}
	for _, f := range batch {
		byOwner[f.job.gen.owner] = append(byOwner[f.job.gen.owner], f)
	}
	for owner, group := range byOwner {
		if !c.writeGroup(ctx, owner, group) {
			return false
		}
	}
	return true
}

func (c *completer) writeGroup(ctx context.Context, owner string, group []finished) bool {
	for {
		c.pulse()
		err := c.finish(ctx, owner, group)
		switch {
		case err == nil:
			c.outage.OK()
			return true
		case refusedByContent(err) && len(group) > 1:
			return c.oneByOne(ctx, owner, group)
		case refusedByContent(err):
			c.log.Error("result refused by the database, kept as plain text", zap.Uint64("task_id", group[0].job.ID), zap.Error(err))
			group[0].outcome.Result, group[0].outcome.Whole = plain(group[0].outcome.Result), ""
		}
		if !outage.Sleep(ctx, c.outage.Failed(err)) {
			return false
		}
	}
}

// oneByOne keeps one row that the database refuses from holding up the others.
func (c *completer) oneByOne(ctx context.Context, owner string, group []finished) bool {
	for i := range group {
		if !c.writeGroup(ctx, owner, group[i:i+1]) {
			return false
		}
	}
	return true
}

func (c *completer) finish(ctx context.Context, owner string, group []finished) error {
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	outcomes := make([]Outcome, len(group))
	for i, f := range group {
		outcomes[i] = f.outcome
	}
	ids, err := c.store.Finish(ctx, owner, outcomes)
	if err != nil {
		return err
	}
	lost := make(map[uint64]bool, len(ids))
	for _, id := range ids {
		lost[id] = true
	}
	for _, f := range group {
		c.done(f.job, f.outcome, lost[f.job.ID])
	}
	return nil
}

// refusedByContent tells that the server is there and did not take this statement.
func refusedByContent(err error) bool {
	return !sqldb.Away(err) && !sqldb.Conflict(err) && !sqldb.SchemaMissing(err) && !sqldb.Refused(err)
}
