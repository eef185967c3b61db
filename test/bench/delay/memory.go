package main

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"
)

// memory measures how much memory a daemon takes when very many jobs fall due in
// the same second.
func (b *bench) memory(ctx context.Context) error {
	const pushers, atLeast = 2, 25_000 // jobs per second that two push
	var megabytes float64
	var took time.Duration
	_, err := b.onFleet(ctx, 1, role{Concurrency: workers}, func(d *database, f *fleet) ([]job, error) {
		due := time.Now().Add(3*time.Second + time.Duration(b.sizes.million)*time.Second/atLeast).Truncate(time.Second)
		jobs := jobsAt(0, b.sizes.million, due)
		plain := &floor{d, make(chan struct{}, 1)}
		var g errgroup.Group
		for i := range pushers {
			part := len(jobs) / pushers
			g.Go(func() error { return pushAll(ctx, plain, jobs[i*part:(i+1)*part]) })
		}
		if err := g.Wait(); err != nil {
			return nil, err
		}
		early := time.Until(due)
		b.say("  %s jobs are stored, %v before they are due", thousands(len(jobs)), early)
		if early < 0 {
			return nil, fmt.Errorf("storing %d jobs took so long that they did not fall due together", len(jobs))
		}
		ended, err := f.wait(ctx, len(jobs))
		if err != nil {
			return nil, err
		}
		took = ended.Sub(due)
		megabytes, err = f.peakMemory(0)
		return jobs, err
	})
	if err != nil {
		return err
	}
	b.figures.add(residentMemory, megabytes)
	b.say("  resident memory: %.0f MB at most, worked off in %v", megabytes, took)
	t := table{title: "Very many jobs due in one second, one daemon", head: []string{"jobs", "most resident memory, MB", "worked off per second"}}
	t.add(thousands(b.sizes.million), number(megabytes), perSecond(rate(b.sizes.million, took)))
	b.report.add(t)
	return nil
}
