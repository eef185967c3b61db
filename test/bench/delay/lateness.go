package main

import (
	"fmt"
	"slices"
	"time"

	"simplest_script/test/median"
)

// lateness sums up how late jobs began. What is below zero began early.
type lateness struct {
	least, p50, p99, most time.Duration
	early                 int // how many
}

func newLateness(all []time.Duration) lateness {
	if len(all) == 0 {
		return lateness{}
	}
	slices.Sort(all)
	last := len(all) - 1
	early, _ := slices.BinarySearch(all, 0)
	return lateness{early: early, least: all[0], p50: all[last/2], p99: all[last*99/100], most: all[last]}
}

// short writes what matters most, in milliseconds.
func (l lateness) short() string { return millis(l.p50) + " / " + millis(l.p99) }

// lateHead is what stands above a short.
func (b *bench) lateHead() string {
	return fmt.Sprintf("lateness of %s jobs in %v, p50 / p99, ms", thousands(b.lateJobs()), b.sizes.span)
}

// medianLateness takes the median of each figure of several rounds.
func medianLateness(rounds []lateness) lateness {
	of := func(f func(lateness) time.Duration) time.Duration {
		all := make([]time.Duration, len(rounds))
		for i, l := range rounds {
			all[i] = f(l)
		}
		return median.Of(all)
	}
	return lateness{
		least: of(func(l lateness) time.Duration { return l.least }),
		p50:   of(func(l lateness) time.Duration { return l.p50 }),
		p99:   of(func(l lateness) time.Duration { return l.p99 }),
		most:  of(func(l lateness) time.Duration { return l.most }),
	}
}
