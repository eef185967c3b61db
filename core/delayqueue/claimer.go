package delayqueue

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/lease"
	"simplest_script/core/tool/outage"
)

// reconcileEvery is how often the claimer compares what the database says it
// holds with what it does hold.
const reconcileEvery = 5 * time.Second

// claimer takes jobs for one generation: all kinds each second, and one kind at
// once when a push of this process or an empty hand asks for it.
type claimer struct {
	*Engine
	gen   *generation
	pulse *lease.Pulse
	away  *outage.Outage
	// barred are the kinds that the database has refused, and nothing else, since the
	// last scan began.
	barred []*kind
}

// runClaimer claims for g until ctx ends.
func (e *Engine) runClaimer(ctx context.Context, g *generation) {
	c := &claimer{Engine: e, gen: g, pulse: e.keeper.Watch("delay claimer"), away: outage.New(e.log, "claiming delay jobs")}
	defer c.pulse.Close()
	reconciled := e.local.Boot()
	for ctx.Err() == nil {
		pause := jitter(e.cfg.Scan)
		if err := c.scan(ctx, e.order); err == nil {
			c.away.OK()
		} else if again := c.away.Failed(err); !c.someBarred(ctx, err) {
			pause = again
		}
		if e.local.Boot()-reconciled >= reconcileEvery {
			reconciled = e.local.Boot()
			c.reconcile(ctx)
		}
		c.serveHints(ctx, pause)
	}
}

// jitter spreads the scans of several daemons.
func jitter(d time.Duration) time.Duration { return d - d/10 + rand.N(d/5+1) }

// claim takes as many jobs of k as there is room for. After an error the rows
// may be claimed all the same, so the same claim is read back until that works.
func (c *claimer) claim(ctx context.Context, k *kind) error {
	room, dueOnly := c.hand.room(k)
	if room == 0 || ctx.Err() != nil {
		return nil
	}
	limit, ahead := min(room, RowsPerList), c.cfg.LookAhead
	if dueOnly {
		ahead = 0
	}
	name := Claim{Owner: c.gen.owner, Token: NewToken()}
	var rows []Row
	var more bool
	// The end of ctx does not cut it off: the server may carry out a statement that was
	// cut off after it has been asked what became of it, and then nobody gives back
	// what it took as long as this daemon's handlers run.
	err := c.bounded(context.WithoutCancel(ctx), func(ctx context.Context) (err error) {
		rows, more, err = c.store.Claim(ctx, name, k.name, ahead, limit)
		return err
	})
	failed := err
	if failed != nil {
		if rows, err = c.readBack(ctx, name); err != nil {
			return err
		}
		more = false
	}
	jobs := newJobs(rows, k, c.gen)
	if !c.hand.add(k, jobs, found{more: more || dueOnly || failed != nil, behind: more && c.allDue(rows)}) {
		c.giveBack(ctx, jobs)
	}
	if more {
		c.askAgain(k)
	}
	return failed
}

// allDue tells whether none of the rows falls due later: since the first to fall due
// are claimed first, there may be more of them.
func (c *claimer) allDue(rows []Row) bool {
	now := c.clock.millis()
	return !slices.ContainsFunc(rows, func(r Row) bool { return r.Due > now })
}

// askAgain looks for the rest of a kind, where there is still room for it. The room
// for due jobs is looked at again when those that were just taken have been started.
func (c *claimer) askAgain(k *kind) {
	if room, dueOnly := c.hand.room(k); room > 0 && !dueOnly {
		c.hints.ask(k)
	}
}

// readBack asks until it is answered, at least once: a daemon that stops must know
// what it has to give back.
func (c *claimer) readBack(ctx context.Context, name Claim) (rows []Row, err error) {
	for {
		err = c.bounded(context.WithoutCancel(ctx), func(ctx context.Context) (err error) {
			rows, err = c.store.Claimed(ctx, name)
			return err
		})
		if err == nil {
			return rows, nil
		}
		if !outage.Sleep(ctx, c.away.Failed(err)) {
			return nil, err
		}
	}
}

// reconcile releases rows that the database holds to be ours and that are not in
// hand: of a claim that was committed after its error had been read back, or such as
// could not be given back. A job whose outcome was recorded since the database was asked
// seems to be one, but is not released.
func (c *claimer) reconcile(ctx context.Context) {
	released := 0
	err := c.bounded(ctx, func(ctx context.Context) error {
		rows, err := c.store.Owned(ctx, c.gen.owner)
		strangers := c.hand.strangers(rows)
		if err != nil || len(strangers) == 0 {
			return err
		}
		released, err = c.store.Release(ctx, c.gen.owner, strangers)
		return err
	})
	if err != nil {
		c.away.Failed(err)
	}
	if released > 0 {
		c.log.Warn("released jobs that the database had as ours and that were not in hand", zap.Int("jobs", released))
	}
}

// giveBack releases jobs also where ctx has ended. It may be called for one kind after
// the other, each of which takes its time, and therefore tells the keeper that the
// claimer still turns.
func (c *claimer) giveBack(ctx context.Context, jobs []*job) {
	c.pulse.Report()
	defer c.pulse.Report()
	c.release(context.WithoutCancel(ctx), jobs)
}

// bounded gives one use of the database its time and tells the keeper that the
// claimer still turns.
func (c *claimer) bounded(ctx context.Context, f func(ctx context.Context) error) error {
	c.pulse.Report()
	defer c.pulse.Report()
	ctx, cancel := context.WithTimeout(ctx, c.cfg.Statement)
	defer cancel()
	return f(ctx)
}
