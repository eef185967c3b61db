package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// delivery is whether each job was run exactly once.
type delivery struct {
	jobs       int
	lost       int // never run
	doubled    int // run more than once
	unfinished int // not done, by the store
}

func (j *journal) delivery() delivery {
	d := delivery{jobs: len(j.runs)}
	for i := range j.runs {
		switch n := j.runs[i].Load(); {
		case n == 0:
			d.lost++
		case n > 1:
			d.doubled++
		}
	}
	return d
}

func (d delivery) exact() bool { return d.lost == 0 && d.doubled == 0 && d.unfinished == 0 }

func (d *delivery) add(o delivery) {
	d.jobs += o.jobs
	d.lost += o.lost
	d.doubled += o.doubled
	d.unfinished += o.unfinished
}

// String returns the counts as the report shows them.
func (d delivery) String() string {
	return fmt.Sprintf("%d jobs, %d lost, %d doubled, %d unfinished", d.jobs, d.lost, d.doubled, d.unfinished)
}

// deliver adds to the counts of what became of a contender's jobs.
func (b *bench) deliver(ctx context.Context, name string, c interface {
	unfinished(ctx context.Context) (int, error)
}, j *journal,
) (err error) {
	d := j.delivery()
	if d.unfinished, err = c.unfinished(ctx); err != nil {
		return err
	}
	if !d.exact() {
		b.say("  %s: %v", name, d)
	}
	if b.deliveries[name] == nil {
		b.deliveries[name] = &delivery{}
	}
	b.deliveries[name].add(d)
	return nil
}

// faults returns the jobs that were lost or doubled by those who must not.
func (b *bench) faults() []string {
	var all []string
	for _, name := range []string{floorName, oursName} {
		if d := b.deliveries[name]; d != nil && !d.exact() {
			all = append(all, fmt.Sprintf("%s: %v", name, *d))
		}
	}
	return all
}

// tellDeliveries adds the counts to the report.
func (b *bench) tellDeliveries() {
	t := table{title: "Delivery", head: []string{"", "jobs", "never run", "run more than once", "not done by the store"}}
	for _, name := range slices.Sorted(maps.Keys(b.deliveries)) {
		d := b.deliveries[name]
		t.add(name, fmt.Sprint(d.jobs), fmt.Sprint(d.lost), fmt.Sprint(d.doubled), fmt.Sprint(d.unfinished))
	}
	b.report.add(t)
}
