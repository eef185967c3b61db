package main

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestJournalCountsWhatWasLostAndDoubled(t *testing.T) {
	j := newJournal(jobsAt(0, 4, time.Now()))
	for _, index := range []int{0, 1, 1, 3} {
		j.began(index)
	}
	if d := j.delivery(); d.jobs != 4 || d.lost != 1 || d.doubled != 1 || d.exact() {
		t.Errorf("counted %v", d)
	}
	j.began(2)
	if d := j.delivery(); d.lost != 0 || d.exact() {
		t.Errorf("counted %v", d)
	}
}

func TestJournalWaitsForAllJobs(t *testing.T) {
	j := newJournal(jobsAt(0, 3, time.Now()))
	j.finished(2)
	select {
	case <-j.all:
		t.Fatal("over before the last job")
	default:
	}
	j.finished(1)
	if err := j.wait(t.Context()); err != nil || j.ended.IsZero() {
		t.Errorf("%v, ended at %v", err, j.ended)
	}
}

func TestLatenessTakesTheFirstRun(t *testing.T) {
	j := newJournal(jobsAt(0, 100, time.Now()))
	for i := range 100 {
		j.ran(i, time.Duration(i-1)*time.Millisecond)
		j.ran(i, time.Hour)
	}
	l := j.lateness()
	want := lateness{least: -time.Millisecond, p50: 48 * time.Millisecond, p99: 97 * time.Millisecond, most: 98 * time.Millisecond, early: 1}
	if l != want {
		t.Errorf("got %+v, want %+v", l, want)
	}
}

func TestDelayedJobsAreNotDueBeforeTheyCanBeStored(t *testing.T) {
	began := time.Now()
	const span = 10 * time.Second
	for _, s := range []shape{byMilliseconds, onFullSeconds} {
		jobs := s.jobs(10_000, span)(began)
		first := jobs[0].due
		if first.Before(began.Add(lead(10_000))) || first.Nanosecond() != 0 {
			t.Errorf("%s: the first is due at %v, the push begins at %v", s.name, first, began)
		}
		for i, j := range jobs {
			if j.index != i || j.due.Before(first) || !j.due.Before(first.Add(span)) || j.due.Nanosecond()%1e6 != 0 {
				t.Fatalf("%s: job %d is %+v", s.name, i, j)
			}
		}
		fractions := slices.ContainsFunc(jobs, func(j job) bool { return j.due.Nanosecond() != 0 })
		if fractions != (s.figure == latenessByMs) {
			t.Errorf("%s: fractions of a second: %v", s.name, fractions)
		}
	}
}

func TestMissedBarsAreCounted(t *testing.T) {
	b := &bench{sizes: fullSizes, figures: figures{}}
	b.figures.add(cycleOfFloor, 0.7)
	b.figures.add(cycleOfFloor, 0.85)
	b.figures.add(cycleOfFloor, 0.9)
	b.figures.add(residentMemory, 301)
	b.figures.sum(earlyStarts, 0)
	b.figures.sum(earlyStarts, 1)
	if missed := b.tellBars(); missed != 2 {
		t.Errorf("%d bars are missed", missed)
	}
	var out strings.Builder
	b.report.write(&out)
	for _, line := range []string{
		"| whole cycle, of the floor's rate | 0.850 | ≥ 0.850 | met |",
		"| resident memory with 1M jobs due in one second | 301 MB | ≤ 300 MB | **missed** |",
		"| jobs of ours that began early | 1 | ≤ 0 | **missed** |",
	} {
		if !strings.Contains(out.String(), line) {
			t.Errorf("%q is not in\n%s", line, out.String())
		}
	}
}

func TestEachFigureHasOneBar(t *testing.T) {
	seen := map[string]bool{}
	for _, b := range bars(fullSizes) {
		if seen[b.figure] {
			t.Errorf("%q has two bars", b.figure)
		}
		seen[b.figure] = true
	}
	if len(seen) != 16 {
		t.Errorf("%d bars", len(seen))
	}
}

func TestOnlyTheFloorAndOursMustDeliverExactly(t *testing.T) {
	b := &bench{deliveries: map[string]*delivery{
		floorName: {jobs: 2}, oursName: {jobs: 2, doubled: 1}, "the original": {jobs: 2, lost: 1},
	}}
	if f := b.faults(); len(f) != 1 || !strings.Contains(f[0], oursName) {
		t.Errorf("faults: %v", f)
	}
}

func TestRoundsAreToldOfWhatIsRun(t *testing.T) {
	for only, want := range map[string]string{
		"":             "5 of late, slots, claims, daemons, push, cycle, history; 3 of beside, report; 1 of foreign, memory, peers, twice",
		"push|beside":  "3 of beside; 5 of push",
		"peers":        "1 of peers",
		"cycle|memory": "1 of memory; 5 of cycle",
	} {
		if got := fullSizes.tellRounds(regexp.MustCompile(only)); got != "rounds, whose medians these are: "+want {
			t.Errorf("with -only %q: %s", only, got)
		}
	}
	want := "rounds, whose medians these are: 1 of late, push, peers"
	if got := quickSizes.tellRounds(regexp.MustCompile("push|late|peers")); got != want {
		t.Errorf("quick: %s", got)
	}
}
