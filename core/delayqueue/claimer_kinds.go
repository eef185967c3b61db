package delayqueue

import (
	"context"
	"math/rand/v2"
	"slices"
	"time"

	"simplest_script/core/tool/outage"
	"simplest_script/core/tool/sqldb"
)

// isolated tells of an error that has its reason in what was asked for: the database
// answers, and may do what is asked of it next.
func isolated(ctx context.Context, err error) bool {
	return err != nil && ctx.Err() == nil && !sqldb.Away(err) && !sqldb.Refused(err) && !sqldb.Denied(err) && !sqldb.SchemaMissing(err)
}

// scan looks at the database's clock and claims for each of kinds. It begins at a
// random one, so that none is always last.
func (c *claimer) scan(ctx context.Context, kinds []*kind) error {
	c.barred = c.barred[:0]
	if err := c.bounded(ctx, func(ctx context.Context) error { return c.clock.sample(ctx, c.store) }); err != nil {
		return err
	}
	c.shareRates()
	return c.claimAll(ctx, kinds)
}

// claimAll goes on with the other kinds where the database refuses one alone. It
// returns the first such error.
func (c *claimer) claimAll(ctx context.Context, kinds []*kind) (refused error) {
	first := rand.IntN(max(len(kinds), 1))
	for i := range kinds {
		k := kinds[(first+i)%len(kinds)]
		if surplus := c.hand.shed(k); len(surplus) > 0 {
			c.giveBack(ctx, surplus)
		}
		err := c.claim(ctx, k)
		if err == nil {
			continue
		}
		if !isolated(ctx, err) {
			return err
		}
		c.barred = append(c.barred, k)
		if refused == nil {
			refused = err
		}
	}
	return refused
}

// someBarred tells of the error of a scan that other kinds were claimed all the same:
// the pause after it is theirs too, and must not become longer.
func (c *claimer) someBarred(ctx context.Context, err error) bool {
	return isolated(ctx, err) && len(c.barred) > 0 && len(c.barred) < len(c.order)
}

// serveHints claims the kinds that are asked for until the pause is over.
func (c *claimer) serveHints(ctx context.Context, pause time.Duration) {
	over := time.NewTimer(pause)
	defer over.Stop()
	for {
		c.pulse.Report()
		select {
		case <-ctx.Done():
			return
		case <-over.C:
			return
		case <-c.hints.wake:
			err := c.claimAll(ctx, c.hinted())
			if err == nil {
				continue
			}
			if again := c.away.Failed(err); !isolated(ctx, err) {
				outage.Sleep(ctx, again)
				return
			}
		}
	}
}

// hinted takes the kinds that are asked for. Those that the database has refused since
// the last scan wait for the next one, however often they are asked for.
func (c *claimer) hinted() []*kind {
	kinds := c.hints.take()
	if len(c.barred) == 0 {
		return kinds
	}
	return slices.DeleteFunc(kinds, func(k *kind) bool { return slices.Contains(c.barred, k) })
}
