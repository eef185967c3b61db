package delayqueue

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/tool/outage"
)

// Retention says how long jobs are kept that have come to an end. Zero means for ever.
type Retention struct {
	Done     time.Duration // jobs that are done, cancelled or skipped
	Failed   time.Duration // jobs that failed
	Archive  bool          // they are moved to script_delay_archive instead of being removed
	Archived time.Duration // jobs in the archive, from then on
}

// retireEvery is how often a daemon looks for jobs to be retired.
const retireEvery = time.Minute

// runRetirer makes room until ctx ends. Every daemon does it; what two of them find
// at once is retired by one.
func (e *Engine) runRetirer(ctx context.Context) {
	away := outage.New(e.log, "retiring finished jobs")
	size := chunkSize{rows: RowsPerRetire, limit: e.cfg.Statement}
	for outage.Sleep(ctx, jitter(e.cfg.RetireEvery)) {
		if err := e.retireAll(ctx, &size); err != nil && ctx.Err() == nil {
			outage.Sleep(ctx, away.Failed(err))
			continue
		}
		away.OK()
	}
}

func (e *Engine) retireAll(ctx context.Context, size *chunkSize) error {
	keep := e.cfg.Keep
	for _, group := range []struct {
		status core.DelayStatus
		keep   time.Duration
	}{{core.DelayDone, keep.Done}, {core.DelayCancelled, keep.Done}, {core.DelaySkipped, keep.Done}, {core.DelayFailed, keep.Failed}} {
		if group.keep == 0 {
			continue
		}
		at := Place{} // rows that stay are passed, however many they are
		err := e.retire(ctx, group.status.String(), size, func(ctx context.Context, limit int) (n int, more bool, err error) {
			n, at, err = e.store.RetireFrom(ctx, at, group.status, e.before(group.keep), keep.Archive, limit)
			return n, at != Place{}, err
		})
		if err != nil {
			return err
		}
	}
	if keep.Archived == 0 {
		return nil
	}
	return e.retire(ctx, "archived", size, func(ctx context.Context, limit int) (int, bool, error) {
		n, err := e.store.ForgetArchived(ctx, e.before(keep.Archived), limit)
		return n, n == limit, err
	})
}

// before is the Unix second of the database that lies so far back.
func (e *Engine) before(age time.Duration) int64 {
	return (e.clock.millis() - age.Milliseconds()) / 1000
}

// retire removes jobs in chunks as large as the time of a statement is enough for, and
// says in the log how many went.
func (e *Engine) retire(ctx context.Context, what string, size *chunkSize, f func(ctx context.Context, limit int) (n int, more bool, err error)) error {
	jobs, err := e.inChunks(ctx, func(ctx context.Context) (n int, more bool, err error) {
		began := e.local.Boot()
		n, more, err = f(ctx, size.rows)
		if size.learn(e.local.Boot()-began, err) {
			return 0, true, nil
		}
		return n, more, err
	})
	if jobs > 0 {
		e.log.Info("retired jobs", zap.String("which", what), zap.Int("jobs", jobs))
	}
	return err
}

// chunkSize is how many rows are removed at once. A thousand that have much history or
// large results may take longer than a statement may; as they are they would be tried
// for ever, and everything behind them stay.
type chunkSize struct {
	rows  int
	limit time.Duration // of one chunk
}

// learn is told how long a chunk took and what came of it. It returns whether to try
// again, with fewer rows.
func (c *chunkSize) learn(took time.Duration, err error) bool {
	switch {
	case err == nil && took < c.limit/4:
		c.rows = min(2*c.rows, RowsPerRetire)
	case errors.Is(err, context.DeadlineExceeded) && c.rows > 1:
		c.rows /= 2
		return true
	}
	return false
}

// inChunks calls f, which removes some rows, while it says that there are more, and
// returns how many went. Between two chunks it rests as long as the last one took, so that
// at most half of a connection is busy with it; where ctx ends in a rest, that is no error.
func (e *Engine) inChunks(ctx context.Context, f func(ctx context.Context) (n int, more bool, err error)) (sum int, err error) {
	for more := true; more; {
		began := e.local.Boot()
		n, err := bounded(ctx, e.cfg.Statement, func(ctx context.Context) (n int, err error) {
			n, more, err = f(ctx)
			return n, err
		})
		if sum += n; err != nil {
			return sum, err
		}
		if more && !outage.Sleep(ctx, e.local.Boot()-began) {
			return sum, nil
		}
	}
	return sum, nil
}

// bounded gives one use of the database its time.
func bounded[T any](ctx context.Context, limit time.Duration, f func(ctx context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}
