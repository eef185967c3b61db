package delayqueue

import (
	"context"
	"math/rand/v2"
	"time"

	"simplest_script/core/tool/outage"
)

// How long statistics are kept: what the windows of Recent need, and somewhat more.
const (
	keepFine   = 3 * time.Hour
	keepCoarse = 8 * 24 * time.Hour
)

const (
	// writeStatistics is how often they are written. What a daemon has not written when
	// it dies is missing in them: they are for looking, no promise rests on them.
	writeStatistics = 5 * time.Second
	// firstPurge is within what time of its start a daemon removes old ones: soon, since
	// it may be started anew every hour, and not at the same moment as those that were
	// started with it.
	firstPurge = 2 * time.Minute
	// purgeEvery is how often it does so afterwards.
	purgeEvery = time.Hour
)

// runStatistics writes what was counted until ctx ends, and once more then.
func (e *Engine) runStatistics(ctx context.Context) {
	away := outage.New(e.log, "writing statistics of delay jobs")
	purge := e.local.Boot() + rand.N(firstPurge)
	for outage.Sleep(ctx, jitter(writeStatistics)) {
		err := e.writeStatistics(ctx)
		if err == nil && e.local.Boot() >= purge && e.clock.known() {
			if err = e.purgeStatistics(ctx); err == nil {
				purge = e.local.Boot() + purgeEvery
			}
		}
		if err != nil && ctx.Err() == nil {
			outage.Sleep(ctx, away.Failed(err))
		} else if err == nil {
			away.OK()
		}
	}
}

func (e *Engine) writeStatistics(ctx context.Context) error {
	changed, put := e.statistics.take()
	if len(changed) == 0 {
		return nil
	}
	_, err := bounded(ctx, e.cfg.Statement, func(ctx context.Context) (int, error) {
		return 0, e.store.WriteStatistics(ctx, e.statistics.owner, changed)
	})
	if err != nil {
		put()
	}
	return err
}

// purgeStatistics removes what is old. It may take a while after an outage, so what is
// counted meanwhile is written before each chunk.
func (e *Engine) purgeStatistics(ctx context.Context) error {
	for minutes, keep := range map[int]time.Duration{1: keepFine, 60: keepCoarse} {
		_, err := e.inChunks(ctx, func(ctx context.Context) (int, bool, error) {
			if err := e.writeStatistics(ctx); err != nil {
				return 0, false, err
			}
			n, err := e.store.PurgeStatistics(ctx, minutes, e.before(keep), RowsPerRetire)
			return n, n == RowsPerRetire, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
