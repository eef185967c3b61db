package main

import (
	"context"
	"time"
)

// pushes measures how fast jobs can be stored while nobody works.
func (b *bench) pushes(ctx context.Context) error {
	singles, bulks := figures{}, figures{}
	for round := range b.sizes.rounds {
		for _, e := range inTurn(round) {
			if e.name == riverBest {
				continue // it pushes as the other River does
			}
			single, bulk, err := b.pushRates(ctx, e)
			if err != nil {
				return err
			}
			singles.add(e.name, single)
			if !e.pushFirst { // the original had no call for many
				bulks.add(e.name, bulk)
			}
			b.say("  push, %s: one by one %s/s, bulk %s/s", e.name, perSecond(single), perSecond(bulk))
		}
		b.figures.add(bulkOfFloor, last(bulks[oursName])/last(bulks[floorName]))
	}
	t := table{title: "Push, jobs per second", head: []string{"", "one by one", "in batches of 1,000"}, note: "asynq has no call for many jobs: 32 goroutines push."}
	for _, e := range everybody() {
		if singles[e.name] != nil {
			t.add(e.name, overRounds(singles[e.name], perSecond), overRounds(bulks[e.name], perSecond))
		}
	}
	b.report.add(t)
	return nil
}

func (b *bench) pushRates(ctx context.Context, e entrant) (single, bulk float64, err error) {
	c, err := e.open(ctx, b.places)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = firstError(err, c.close()) }()
	began := time.Now()
	for i := range b.sizes.single {
		if err := c.pushOne(ctx, job{i, time.Now()}); err != nil {
			return 0, 0, err
		}
	}
	single = rate(b.sizes.single, time.Since(began))
	began = time.Now()
	if err := pushAll(ctx, c, jobsAt(b.sizes.single, b.sizes.cycle, began)); err != nil {
		return 0, 0, err
	}
	return single, rate(b.sizes.cycle, time.Since(began)), nil
}

// cycles measures how fast jobs can be pushed and worked off at the same time.
func (b *bench) cycles(ctx context.Context) error {
	rates := figures{}
	for round := range b.sizes.rounds {
		for _, e := range inTurn(round) {
			r, err := b.cycleRate(ctx, e)
			if err != nil {
				return err
			}
			rates.add(e.name, r)
			b.say("  whole cycle, %s: %s/s", e.name, perSecond(r))
		}
		ours := last(rates[oursName])
		b.figures.add(cycleOfFloor, ours/last(rates[floorName]))
		b.figures.add(cycleOfRiver, ours/last(rates[riverBest]))
	}
	t := table{title: "Whole cycle, jobs per second", head: []string{"", "push, run a handler that does nothing, record"}}
	for _, e := range everybody() {
		t.add(e.name, overRounds(rates[e.name], perSecond))
	}
	b.report.add(t)
	return nil
}

func (b *bench) cycleRate(ctx context.Context, e entrant) (float64, error) {
	n := b.cycleJobs(e)
	if err := b.places.rest(ctx); err != nil {
		return 0, err
	}
	p, err := b.play(ctx, e, dueAtOnce(n))
	return rate(n, p.took), err
}

// cycleJobs is how many jobs one cycle has: fewer for the slow.
func (b *bench) cycleJobs(e entrant) int {
	if e.slow {
		return b.sizes.slow
	}
	return b.sizes.cycle
}

func dueAtOnce(n int) func(time.Time) []job {
	return func(began time.Time) []job { return jobsAt(0, n, began) }
}

func last(values []float64) float64 { return values[len(values)-1] }
