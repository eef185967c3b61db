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

const (
	// unknownEvery is how often kinds that nobody knows are looked for.
	unknownEvery = 5 * time.Second
	// forecastAhead is what the seed's scan of each minute reads: the next minute.
	forecastAhead = time.Minute
	// forecastRows bounds what one forecast of one kind reads.
	forecastRows = 100_000
)

// lookout looks ahead without claiming: whether what falls due in the coming
// minute can be done, kinds that nobody knows, rows that the original left, and
// unique keys whose time is over.
type lookout struct {
	*Engine
	unknown map[string]time.Duration // kind → for how long it was seen without a daemon
	looked  time.Duration            // when unknown kinds were last looked for, on the Boot clock
	keys    []byte                   // hash of the unique key that was looked at last
}

// runLookout looks until ctx ends.
func (e *Engine) runLookout(ctx context.Context) {
	l := &lookout{Engine: e, unknown: map[string]time.Duration{}, keys: UniqueHash("", rand.Text())}
	away := outage.New(e.log, "looking ahead in the delay queue")
	var forecast time.Duration
	for {
		err := l.failUnknown(ctx)
		if err == nil {
			err = l.freeKeys(ctx)
		}
		if now := e.local.Boot(); err == nil && (forecast == 0 || now-forecast >= forecastAhead) {
			forecast = now
			err = l.forecast(ctx)
		}
		pause := jitter(min(unknownEvery, max(e.cfg.UnknownAfter/3, time.Millisecond)))
		if err != nil && ctx.Err() == nil {
			pause = max(pause, away.Failed(err))
		} else if err == nil {
			away.OK()
		}
		if !outage.Sleep(ctx, pause) {
			return
		}
	}
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
			if err := l.fail(ctx, kind); err != nil {
				return err
			}
		}
	}
	return nil
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

// forecast warns of what will not fit into the coming minute.
func (l *lookout) forecast(ctx context.Context) error {
	for _, k := range l.order {
		var loads []Load
		err := l.within(ctx, func(ctx context.Context) (err error) {
			loads, err = l.store.Forecast(ctx, k.name, forecastAhead, forecastRows)
			return err
		})
		if err != nil {
			return err
		}
		l.warnLoad(k, loads)
	}
	left := 0
	err := l.within(ctx, func(ctx context.Context) (err error) {
		left, err = l.store.Ownerless(ctx, RowsPerList)
		return err
	})
	if err == nil && left > 0 {
		l.log.Warn("running jobs without an owner, left by the original program: decide with 'migrate --overdue=run' or '--overdue=skip'", zap.Int("jobs_at_least", left))
	}
	return err
}

func (l *lookout) warnLoad(k *kind, loads []Load) {
	if len(loads) == 0 {
		return
	}
	total := 0
	for _, load := range loads {
		total += load.Jobs
	}
	busiest := slices.MaxFunc(loads, func(a, b Load) int { return a.Jobs - b.Jobs })
	l.hand.mu.Lock()
	took, slots := k.duration(), k.limits.Concurrency
	l.hand.mu.Unlock()
	needed := time.Duration(total) * took / time.Duration(slots)
	fields := []zap.Field{zap.String("exec_cmd", k.name), zap.Int("jobs", total), zap.Int("busiest_second", busiest.Jobs), zap.Duration("handler_takes", took), zap.Int("slots", slots)}
	if daemons := l.daemonsWith(k.name); needed > forecastAhead*time.Duration(daemons) {
		l.log.Warn("more jobs fall due in the next minute than the slots can do", append(fields, zap.Int("daemons", daemons))...)
		return
	}
	l.log.Debug("forecast of the next minute", fields...)
}
