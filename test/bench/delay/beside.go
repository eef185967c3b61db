package main

import (
	"context"
	"errors"
	"time"

	"simplest_script/core"
	"simplest_script/core/delayqueue/sqlstore"
)

// busyKind is the kind with very many due rows that stands in the way.
const busyKind = "busy"

// neighbour is what is the matter with the busy kind.
type neighbour struct {
	name   string
	figure string
	rows   bool
	paused bool
}

var neighbours = []neighbour{
	{name: "nothing"},
	{name: "a paused kind", figure: besidePaused, rows: true, paused: true},
	{name: "a saturated kind", figure: besideBusy, rows: true},
}

// beside measures how late jobs of one kind begin while another has more due rows
// than it can ever run.
func (b *bench) beside(ctx context.Context) error {
	seen := map[string][]lateness{}
	for range b.sizes.longRounds {
		var alone time.Duration
		for _, k := range neighbours {
			l, err := b.latenessBeside(ctx, k)
			if err != nil {
				return err
			}
			b.say("  beside %s: p50 %s ms, p99 %s ms, max %s ms", k.name, millis(l.p50), millis(l.p99), millis(l.most))
			seen[k.name] = append(seen[k.name], l)
			if k.figure == "" {
				alone = l.p99
			} else {
				b.figures.add(k.figure, float64(l.p99-alone)/float64(time.Millisecond))
			}
			b.figures.sum(earlyStarts, float64(l.early))
		}
	}
	t := table{title: "Lateness beside another kind with " + thousands(b.sizes.busy) + " due rows, ms", head: []string{"beside", "p50", "p99", "max", "earliest"}}
	for _, k := range neighbours {
		l := medianLateness(seen[k.name])
		t.add(k.name, millis(l.p50), millis(l.p99), millis(l.most), millis(l.least))
	}
	b.report.add(t)
	return nil
}

func (b *bench) latenessBeside(ctx context.Context, k neighbour) (lateness, error) {
	p, err := b.play(ctx, entrant{name: oursName, open: func(ctx context.Context, p *places) (contender, error) {
		d, err := newDatabase(ctx, p.mysql)
		if err != nil {
			return nil, err
		}
		if k.rows {
			err = d.fill(ctx, busyKind, 1, b.sizes.busy)
		}
		if k.paused && err == nil {
			err = sqlstore.New(d.DB).Pause(ctx, busyKind, "to see whether it holds up the others")
		}
		if err = firstError(err, d.settle(ctx)); err != nil {
			return nil, errors.Join(err, d.close())
		}
		return &besideBusyKind{oursOn(d)}, nil
	}}, b.delayed())
	if err != nil {
		return lateness{}, err
	}
	return p.lateness(), nil
}

// besideBusyKind is ours with a kind whose handlers take all the slots it has.
type besideBusyKind struct{ *ours }

func (o *besideBusyKind) work(ctx context.Context, j *journal) (func() error, error) {
	return o.workKinds(ctx, j, map[string]core.HandlerFunc{busyKind: func(ctx context.Context, _ *core.Task) error {
		over := time.NewTimer(time.Second)
		defer over.Stop()
		select {
		case <-over.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}})
}
