package delayqueue

import (
	"context"
	"slices"
	"time"

	"go.uber.org/zap"
)

const (
	// forecastAhead is what the seed's scan of each minute reads: the next minute.
	forecastAhead = time.Minute
	// forecastRows bounds what one forecast of one kind reads.
	forecastRows = 100_000
)

// forecast warns of what will not fit into the coming minute.
func (l *lookout) forecast(ctx context.Context) error {
	refused := each(ctx, l.order, func(k *kind) error {
		var loads []Load
		err := l.within(ctx, func(ctx context.Context) (err error) {
			loads, err = l.store.Forecast(ctx, k.name, forecastAhead, forecastRows)
			return err
		})
		if err == nil {
			l.warnLoad(k, loads)
		}
		return err
	})
	if refused != nil && !isolated(ctx, refused) {
		return refused
	}
	left := 0
	err := l.within(ctx, func(ctx context.Context) (err error) {
		left, err = l.store.Ownerless(ctx, RowsPerList)
		return err
	})
	if err == nil && left > 0 {
		l.log.Warn("running jobs without an owner, left by the original program: decide with 'migrate --overdue=run' or '--overdue=skip'", zap.Int("jobs_at_least", left))
	}
	if err == nil {
		err = refused
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
