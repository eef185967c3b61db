package main

import (
	"context"
	"fmt"
	"time"

	"simplest_script/core"
)

// onFleet runs a story with n daemons on a database of their own, and returns what
// became of its jobs, all of which have to be done.
func (b *bench) onFleet(ctx context.Context, n int, r role, story func(d *database, f *fleet) ([]job, error)) (j *journal, err error) {
	d, err := newDatabase(ctx, b.places.mysql)
	if err != nil {
		return nil, err
	}
	defer func() { err = firstError(err, d.close()) }()
	f, err := startFleet(ctx, d, n, r)
	if err != nil {
		return nil, err
	}
	jobs, err := story(d, f)
	j = newJournal(jobs)
	if err := firstError(err, f.stop(j)); err != nil {
		return nil, err
	}
	return j, b.deliver(ctx, oursName, d, j)
}

// daemons measures the whole cycle of several daemons, each a process.
func (b *bench) daemons(ctx context.Context) error {
	counts := []int{1, 2, 4}
	rates := map[int][]float64{}
	for range b.sizes.rounds {
		for _, n := range counts {
			r, err := b.fleetRate(ctx, n)
			if err != nil {
				return err
			}
			rates[n] = append(rates[n], r)
			b.say("  whole cycle of %d daemons: %s/s", n, perSecond(r))
		}
		b.figures.add(cycleOf4, last(rates[4])/last(rates[1]))
	}
	t := table{title: "Whole cycle of several daemons, which are processes", head: []string{"daemons", "jobs per second", b.lateHead()}}
	for _, n := range counts {
		l, err := b.fleetLateness(ctx, n)
		if err != nil {
			return err
		}
		t.add(fmt.Sprint(n), overRounds(rates[n], perSecond), l.short())
	}
	b.report.add(t)
	return nil
}

// fleetRate pushes jobs that are due at once while n daemons work. Of what another
// process pushes they hear at their next look, up to a second later; there are so many
// jobs that this is little of the whole, and most of it is time in which is pushed.
func (b *bench) fleetRate(ctx context.Context, n int) (float64, error) {
	var took time.Duration
	_, err := b.onFleet(ctx, n, role{Concurrency: workers}, func(d *database, f *fleet) ([]job, error) {
		began := time.Now()
		jobs := jobsAt(0, b.sizes.fleet, began)
		if err := pushAll(ctx, oursOn(d), jobs); err != nil {
			return nil, err
		}
		ended, err := f.wait(ctx, len(jobs))
		took = ended.Sub(began)
		return jobs, err
	})
	return rate(b.sizes.fleet, took), err
}

// fleetLateness pushes delayed jobs, and n daemons begin them.
func (b *bench) fleetLateness(ctx context.Context, n int) (lateness, error) {
	j, err := b.onFleet(ctx, n, role{Concurrency: workers}, func(d *database, f *fleet) ([]job, error) {
		jobs := b.delayed()(time.Now())
		if err := pushAll(ctx, oursOn(d), jobs); err != nil {
			return nil, err
		}
		_, err := f.wait(ctx, len(jobs))
		return jobs, err
	})
	if err != nil {
		return lateness{}, err
	}
	l := j.lateness()
	b.figures.sum(earlyStarts, float64(l.early))
	b.say("  %s jobs %s, %d daemons: p50 / p99 %s ms", thousands(b.lateJobs()), byMilliseconds.name, n, l.short())
	return l, nil
}

// slots measures whether the slots of two daemons are always taken, where all jobs
// fall due at once.
func (b *bench) slots(ctx context.Context) error {
	const slots, daemons, takes = 10, 2, 20 * time.Millisecond
	ideal := time.Duration(b.sizes.sleepers) * takes / (slots * daemons)
	var all []float64
	for range b.sizes.rounds {
		var took time.Duration
		_, err := b.onFleet(ctx, daemons, role{Concurrency: slots, Takes: takes}, func(d *database, f *fleet) ([]job, error) {
			due := time.Now().Add(lead(b.sizes.sleepers)).Truncate(time.Second)
			jobs := jobsAt(0, b.sizes.sleepers, due)
			if err := pushAll(ctx, oursOn(d), jobs); err != nil {
				return nil, err
			}
			ended, err := f.wait(ctx, len(jobs))
			took = ended.Sub(due)
			return jobs, err
		})
		if err != nil {
			return err
		}
		all = append(all, float64(took)/float64(ideal))
		b.say("  %d jobs of %v on two daemons with %d slots each: %v, %.3f of the ideal", b.sizes.sleepers, takes, slots, took, last(all))
	}
	b.figures[twoDaemons] = all
	t := table{title: "Two daemons with 10 slots each, jobs of 20 ms that fall due at once", head: []string{"jobs", "ideal", "of the ideal time"}}
	t.add(thousands(b.sizes.sleepers), ideal.String(), overRounds(all, number))
	b.report.add(t)
	return nil
}

// foreign measures how late a daemon begins jobs that another process pushes with a
// delay of two seconds.
func (b *bench) foreign(ctx context.Context) error {
	const delay, every = 2 * time.Second, 30 * time.Millisecond
	j, err := b.onFleet(ctx, 1, role{Concurrency: workers}, func(d *database, f *fleet) ([]job, error) {
		jobs := jobsAt(0, b.sizes.foreign, time.Time{})
		queue := oursOn(d).queue
		tick := time.NewTicker(every)
		defer tick.Stop()
		for _, j := range jobs {
			<-tick.C
			job := core.DelayQueuePushParams{ExecCmd: kindName, Params: fmt.Sprint(j.index), DelayMs: delay.Milliseconds()}
			if _, err := queue.PushContext(ctx, []core.DelayQueuePushParams{job}); err != nil {
				return nil, err
			}
		}
		_, err := f.wait(ctx, len(jobs))
		return jobs, err
	})
	if err != nil {
		return err
	}
	seen := j.lateness()
	b.figures.add(foreignPush, float64(seen.p99)/float64(time.Millisecond))
	b.figures.sum(earlyStarts, float64(seen.early))
	b.say("  pushed by another process: p50 %s ms, p99 %s ms, max %s ms", millis(seen.p50), millis(seen.p99), millis(seen.most))
	t := table{title: "Jobs that another process pushes with a delay of 2 s, lateness in ms", head: []string{"jobs", "p50", "p99", "max", "earliest"}}
	t.add(fmt.Sprint(b.sizes.foreign), millis(seen.p50), millis(seen.p99), millis(seen.most), millis(seen.least))
	b.report.add(t)
	return nil
}
