package delayqueue

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap"

	"simplest_script/core/tool/outage"
)

// unknownEvery is how often kinds that nobody knows are looked for.
const unknownEvery = 5 * time.Second

// lookout looks ahead without claiming: whether what falls due in the coming
// minute can be done, kinds that nobody knows, rows that the original left, and
// unique keys whose time is over.
type lookout struct {
	*Engine
	unknown map[string]time.Duration // kind → for how long it was seen without a daemon
	looked  time.Duration            // when unknown kinds were last looked for, on the Boot clock
	keys    []byte                   // hash of the unique key that was looked at last
}

// part is one of the things that a lookout looks for.
type part struct {
	look  func(ctx context.Context) error
	every time.Duration // 0: each time
	away  *outage.Outage
	last  time.Duration // on the Boot clock; 0: never
}

func (l *lookout) parts() []*part {
	return []*part{
		{look: l.failUnknown, away: outage.New(l.log, "looking for delay jobs of kinds that nobody knows")},
		{look: l.freeKeys, away: outage.New(l.log, "freeing unique keys of delay jobs")},
		{look: l.forecast, every: forecastAhead, away: outage.New(l.log, "looking ahead in the delay queue")},
	}
}

// runLookout looks until ctx ends.
func (e *Engine) runLookout(ctx context.Context) {
	l := &lookout{Engine: e, unknown: map[string]time.Duration{}, keys: UniqueHash("", rand.Text())}
	parts := l.parts()
	for {
		pause := jitter(min(unknownEvery, max(e.cfg.UnknownAfter/3, time.Millisecond)))
		if !outage.Sleep(ctx, max(pause, l.lookAt(ctx, parts))) {
			return
		}
	}
}

// lookAt looks for each of the parts that it is time for: one that the database
// refuses keeps it from none of the others. It returns how long to wait after errors.
func (l *lookout) lookAt(ctx context.Context, parts []*part) (pause time.Duration) {
	for _, p := range parts {
		now := l.local.Boot()
		if p.last != 0 && now-p.last < p.every {
			continue
		}
		p.last = now
		err := p.look(ctx)
		if err == nil {
			p.away.OK()
			continue
		}
		if ctx.Err() != nil {
			return pause
		}
		pause = max(pause, p.away.Failed(err))
		if !isolated(ctx, err) {
			return pause
		}
	}
	return pause
}

// each does f for all of them, but for those after one that fails otherwise than for
// a reason of its own. It returns the error that ended it, or else the first.
func each[T any](ctx context.Context, all []T, f func(one T) error) (first error) {
	for _, one := range all {
		err := f(one)
		if err != nil && !isolated(ctx, err) {
			return err
		}
		if first == nil {
			first = err
		}
	}
	return first
}

// failUnknown fails the overdue jobs of kinds that no living daemon has announced
// for a while. Not at once: during a rolling release the daemons that know a new
// kind come up after the first jobs of it.
//
// The while is counted as a judge counts: only from look to look, so that neither
// an outage nor a halt of this process is taken for time in which a daemon could
// have announced itself; and only where the list of the daemons was read since the
// look before.
func (l *lookout) failUnknown(ctx context.Context) error {
	now := l.local.Boot()
	fresh := l.looked != 0 && l.keeper.LivingAt() > l.looked
	step := min(now-l.looked, 2*unknownEvery)
	var kinds map[string]int64
	err := l.within(ctx, func(ctx context.Context) (err error) {
		kinds, err = l.store.Unknown(ctx, l.announced())
		return err
	})
	if err != nil {
		return err
	}
	l.looked = now
	for kind := range l.unknown {
		if _, still := kinds[kind]; !still {
			delete(l.unknown, kind)
		}
	}
	var overdue []string
	for kind, first := range kinds {
		if first > l.clock.millis()/1000 {
			continue
		}
		missing, seen := l.unknown[kind]
		if seen && fresh {
			missing += step
		}
		l.unknown[kind] = missing
		if !seen {
			l.log.Warn("jobs of a kind that no daemon knows", zap.String("exec_cmd", kind), zap.Duration("fail_after", l.cfg.UnknownAfter))
		}
		if missing >= l.cfg.UnknownAfter {
			overdue = append(overdue, kind)
		}
	}
	return each(ctx, overdue, func(kind string) error { return l.fail(ctx, kind) })
}

func (l *lookout) fail(ctx context.Context, kind string) error {
	known := make([]string, len(l.order))
	for i, k := range l.order {
		known[i] = k.name
	}
	reason, _ := Fit(fmt.Sprintf("no running daemon has a handler named %q; this one has: %s", kind, strings.Join(known, ", ")))
	for {
		n := 0
		err := l.within(ctx, func(ctx context.Context) (err error) {
			n, err = l.store.FailUnknown(ctx, kind, reason, RowsPerList)
			return err
		})
		if err != nil {
			return err
		}
		if n > 0 {
			l.log.Error("failed jobs of a kind that no daemon knows", zap.String("exec_cmd", kind), zap.Int("jobs", n))
		}
		if n < RowsPerList {
			return nil
		}
	}
}

// within gives one use of the database its time.
func (l *lookout) within(ctx context.Context, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, l.cfg.Statement)
	defer cancel()
	return f(ctx)
}

// announced returns the kinds of all living daemons, this one's among them.
func (l *lookout) announced() []string {
	var out []string
	for _, k := range l.order {
		out = append(out, k.name)
	}
	for _, d := range l.keeper.Living() {
		out = append(out, d.Kinds...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
