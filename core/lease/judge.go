package lease

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"go.uber.org/zap"
)

// judge looks at all daemons each Scan and declares dead those that were silent
// for a whole verdict. One goroutine uses it.
type judge struct {
	*Keeper
	store Store
	watch watch
	blind trouble
	tidy  time.Duration // when old rows are next to be deleted, on the Boot clock
}

const (
	// tidyEvery is how often rows of daemons that died long ago are deleted.
	tidyEvery = time.Hour
	// keepDead is how long their rows are kept for people.
	keepDead = 7 * 24 * time.Hour
)

func newJudge(k *Keeper, store Store) *judge {
	return &judge{
		Keeper: k,
		store:  store,
		watch:  watch{verdict: k.cfg.Verdict, scan: k.cfg.Scan},
		blind: trouble{
			log:  k.log,
			what: "the daemons cannot be listed; the death of one is not noticed meanwhile (waiting for the database)",
			over: "the daemons can be listed again",
		},
	}
}

func (j *judge) run(ctx context.Context) {
	for {
		j.scan(ctx)
		j.forget(ctx)
		if !sleep(ctx, j.cfg.Scan) {
			return
		}
	}
}

// scan looks once.
func (j *judge) scan(ctx context.Context) {
	sent := j.boot()
	rows, err := j.read(ctx)
	got := j.boot()
	if err != nil {
		if ctx.Err() == nil {
			j.blind.persists(got, zap.Error(err))
		}
		j.watch.interrupt()
		return
	}
	j.blind.passed(got)
	own, former := j.note(sent, rows)
	for _, d := range rows {
		if why, mine := former[d.ID]; mine {
			j.condemn(ctx, d, why)
		}
	}
	// Where the own beat does not get through, those of the others may be stuck in
	// the same place. Their time begins anew when it does.
	if own == nil || own.age(got) > freshBeats*j.cfg.Beat {
		j.watch.reset()
		return
	}
	for _, d := range j.watch.observe(sent, got, rows) {
		if d.ID != own.id {
			j.condemn(ctx, d, fmt.Sprintf("no beat seen for %v by %s, pid %d", j.cfg.Verdict, j.who.Host, j.who.PID))
		}
	}
}

// forget deletes old rows now and then. What fails is done the next time.
func (j *judge) forget(ctx context.Context) {
	now := j.boot()
	if now < j.tidy {
		return
	}
	j.tidy = now + tidyEvery
	call, done := j.deadline(ctx)
	defer done()
	if _, err := j.store.Forget(call, keepDead); err != nil && ctx.Err() == nil {
		j.log.Debug("rows of daemons that died long ago are left for now", zap.Error(err))
	}
}

func (j *judge) read(ctx context.Context) ([]Daemon, error) {
	call, done := j.deadline(ctx)
	defer done()
	return j.store.Living(call)
}

// note keeps what was read for Living. It returns the own incarnation, and those
// former ones that are still to be declared dead.
func (k *Keeper) note(sent time.Duration, rows []Daemon) (own *Incarnation, former map[string]string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.living, k.livingAt = rows, sent
	maps.DeleteFunc(k.former, func(id, _ string) bool {
		return !slices.ContainsFunc(rows, func(d Daemon) bool { return d.ID == id })
	})
	return k.current, maps.Clone(k.former)
}

// condemn declares d dead, unless it has beaten since it was read. What fails is
// tried again by the next scan.
func (j *judge) condemn(ctx context.Context, d Daemon, why string) {
	call, done := j.deadline(ctx)
	defer done()
	dead, err := j.store.Condemn(call, d.ID, d.Seq, why)
	about := []zap.Field{
		zap.String("incarnation", d.ID), zap.String("host", d.Host), zap.Int("pid", d.PID),
		zap.String("partition", d.Partition), zap.String("why", why),
	}
	switch {
	case err != nil && ctx.Err() == nil:
		j.log.Warn("a daemon could not be declared dead; trying again", append(about, zap.Error(err))...)
	case dead:
		j.log.Warn("daemon declared dead; what it owned is free to be rescued", about...)
	}
}
