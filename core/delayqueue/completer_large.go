package delayqueue

import (
	"context"
	"time"

	"go.uber.org/zap"

	"simplest_script/core"
	"simplest_script/core/tool/sqldb"
)

const (
	// bytesPerGroup is how many bytes of results and successors one group holds, unless
	// the first outcome alone has more: what 1 MiB a second brings there in the time of a
	// statement. A group of 500 results that fit their rows is a fourth of it at most.
	bytesPerGroup int = 4 << 20
	// smallBytes are not what makes a statement slow.
	smallBytes int = 256 << 10
	// wholeTries is how often an outcome may take longer than a statement may, while the
	// database answers at once, before its result is cut. Each try holds up all others as
	// long as a statement may take.
	wholeTries = 4
)

// bytes is how much of f makes a statement slow where it is much.
func (f *finished) bytes() int {
	sum := len(f.outcome.Result) + len(f.outcome.Whole)
	for i := range f.outcome.Successors {
		sum += len(f.outcome.Successors[i].Params)
	}
	return sum
}

// large tells whether a group, however few its rows, has so many bytes that they may
// be what makes a statement slow.
func large(group []finished) bool {
	sum := 0
	for i := range group {
		sum += group[i].bytes()
	}
	return sum > smallBytes
}

// divisible tells whether a group that is slow may be quicker in parts.
func divisible(group []finished) bool {
	return len(group) > smallGroup || len(group) > 1 && large(group)
}

// tooLarge puts aside an outcome that alone takes longer than a statement may, because
// it must not hold up all others. It returns false where the database is at fault.
func (c *completer) tooLarge(ctx context.Context, f finished) bool {
	took, err := c.answers(ctx, f.job.gen.owner)
	if err != nil {
		return false
	}
	c.answered()
	if took < c.timeout/4 {
		f.blamed++
	}
	pause := min(lockedPause<<min(f.slow, 10), refusedPause)
	f.slow++
	c.waited = time.Now()
	c.later(f, pause, "outcome too large to be recorded in the time of a statement, trying again", aboutLarge(f)...)
	return true
}

// answers returns how long the database takes for an outcome of no row.
func (c *completer) answers(ctx context.Context, owner string) (time.Duration, error) {
	c.pulse()
	defer c.pulse()
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	began := time.Now()
	_, err := c.store.Finish(ctx, owner, []Outcome{{Status: core.DelayDone}})
	return time.Since(began), err
}

// keepPart records an outcome that was too large too often with what its row holds of
// the result, rather than let it be run again. It returns false where there is none, or
// that did not get through. After the last try it has waited as after all others: the
// server may hold the row until it has noticed that nobody waits for the whole any more.
func (c *completer) keepPart(ctx context.Context, group []finished) bool {
	f := group[0]
	if len(group) > 1 || f.blamed < wholeTries || f.outcome.Whole == "" {
		return false
	}
	part := f
	part.outcome.Whole = ""
	switch err := c.finish(ctx, []finished{part}); {
	case sqldb.BadValue(err):
		c.answered()
		c.refused(ctx, part, err) // says itself what it could do
		return true
	case err != nil:
		return false
	}
	c.answered()
	c.log.Error("result too large to be recorded in the time of a statement, only its beginning is kept", aboutLarge(f)...)
	return true
}

func aboutLarge(f finished) []zap.Field {
	return []zap.Field{zap.Uint64("task_id", f.job.ID), zap.Int("bytes", f.bytes())}
}
