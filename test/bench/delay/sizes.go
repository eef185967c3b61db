package main

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// sizes is how much is measured.
type sizes struct {
	rounds     int // of most; the medians count
	longRounds int // of those that hardly differ from round to round; of some there is one
	single     int // jobs that are pushed one by one
	cycle      int // jobs of a whole cycle
	fleet      int // of one of daemons that are processes; see fleetRate
	slow       int // the same for those who are slow
	history    []int
	lateJobs   []int // within the span
	span       time.Duration
	busy       int // due rows of the kind that stands in the way
	million    int // jobs due in one second
	foreign    int // jobs that another process pushes
	sleepers   int // jobs of 20 ms for two daemons
}

var fullSizes = sizes{
	rounds: 5, longRounds: 3, single: 2000, cycle: 40_000, fleet: 200_000, slow: 5000,
	history: []int{1_000_000, 5_000_000}, lateJobs: []int{10_000, 100_000}, span: 10 * time.Second,
	busy: 500_000, million: 1_000_000, foreign: 300, sleepers: 10_000,
}

var quickSizes = sizes{
	rounds: 1, longRounds: 1, single: 500, cycle: 20_000, fleet: 40_000, slow: 1000,
	history: []int{100_000}, lateJobs: []int{4000}, span: 4 * time.Second,
	busy: 50_000, million: 100_000, foreign: 50, sleepers: 2000,
}

// or returns the full or the quick sizes, with what is set in s.
func (s sizes) or(quick bool) sizes {
	all := fullSizes
	if quick {
		all = quickSizes
	}
	all.rounds = cmp.Or(s.rounds, all.rounds)
	all.longRounds = cmp.Or(s.longRounds, all.longRounds)
	return all
}

// How often a scenario measures the same.
func often(s sizes) int  { return s.rounds }
func seldom(s sizes) int { return s.longRounds }
func once(sizes) int     { return 1 }

// tellRounds says of those scenarios that were to be run how many rounds they had.
func (s sizes) tellRounds(wanted *regexp.Regexp) string {
	var numbers []int
	names := map[int][]string{}
	for _, one := range scenarios {
		if n := one.rounds(s); wanted.MatchString(one.name) {
			if names[n] == nil {
				numbers = append(numbers, n)
			}
			names[n] = append(names[n], one.name)
		}
	}
	parts := make([]string, len(numbers))
	for i, n := range numbers {
		parts[i] = fmt.Sprintf("%d of %s", n, strings.Join(names[n], ", "))
	}
	return "rounds, whose medians these are: " + strings.Join(parts, "; ")
}

// lateJobs is how many delayed jobs there are where only one number is measured.
func (b *bench) lateJobs() int { return b.sizes.lateJobs[0] }

// lead is the time from the first push to the first due time: all jobs are to be
// stored before.
func lead(jobs int) time.Duration {
	return 2*time.Second + time.Duration(jobs)*time.Second/12_000
}

// thousands writes a number as people say it: 10k, 5M.
func thousands(n int) string {
	switch {
	case n >= 1_000_000 && n%1_000_000 == 0:
		return fmt.Sprintf("%dM", n/1_000_000)
	case n >= 1000 && n%1000 == 0:
		return fmt.Sprintf("%dk", n/1000)
	}
	return fmt.Sprint(n)
}

// withJobs is the name of a figure that is measured with several numbers of jobs.
func withJobs(figure string, jobs int) string {
	return fmt.Sprintf("%s, %s jobs", figure, thousands(jobs))
}
