package main

import (
	"context"
	"fmt"
	"time"
)

// shape is how due times lie within the span: evenly, to the unit.
type shape struct {
	name   string
	figure string
	unit   time.Duration
}

var byMilliseconds, onFullSeconds = shape{"by milliseconds", latenessByMs, time.Millisecond}, shape{"on full seconds", latenessBySec, time.Second}

// jobs returns n jobs that fall due within the span, once they can all be stored.
func (s shape) jobs(n int, span time.Duration) func(began time.Time) []job {
	return func(began time.Time) []job {
		first := began.Add(lead(n)).Truncate(time.Second).Add(time.Second)
		jobs := make([]job, n)
		for i := range jobs {
			jobs[i] = job{i, first.Add(span * time.Duration(i) / time.Duration(n)).Truncate(s.unit)}
		}
		return jobs
	}
}

// delayed returns the jobs where only one shape and number are measured.
func (b *bench) delayed() func(began time.Time) []job {
	return byMilliseconds.jobs(b.lateJobs(), b.sizes.span)
}

// late measures how late delayed jobs begin, of the floor and of ours in turns.
func (b *bench) late(ctx context.Context) error {
	t := b.lateTable("Lateness of delayed jobs, ms")
	for _, n := range b.sizes.lateJobs {
		for _, s := range []shape{byMilliseconds, onFullSeconds} {
			seen := map[string][]lateness{}
			for range b.sizes.rounds {
				for _, e := range []entrant{theFloor(), theMachine()} {
					l, err := b.lateness(ctx, e, s, n)
					if err != nil {
						return err
					}
					seen[e.name] = append(seen[e.name], l)
				}
				floor, ours := seen[floorName], seen[oursName]
				b.figures.add(withJobs(s.figure, n), float64(ours[len(ours)-1].p99)/float64(floor[len(floor)-1].p99))
				b.figures.sum(earlyStarts, float64(ours[len(ours)-1].early))
			}
			for _, e := range []entrant{theFloor(), theMachine()} {
				lateRow(&t, e.name, s, n, seen[e.name]...)
			}
		}
	}
	b.report.add(t)
	return nil
}

// latePeers measures the others once: they are far from the bars.
func (b *bench) latePeers(ctx context.Context) error {
	t := b.lateTable("Lateness of delayed jobs of the others, ms, one round")
	asynq := entrant{name: "asynq", open: openAsynq(0)}
	eager := entrant{name: "asynq, looking each second", open: openAsynq(time.Second)}
	river := entrant{name: riverBest, open: openRiver(true)}
	for _, n := range b.sizes.lateJobs {
		for _, m := range []struct {
			entrant
			shape
		}{{asynq, byMilliseconds}, {asynq, onFullSeconds}, {eager, byMilliseconds}, {river, byMilliseconds}, {river, onFullSeconds}, {theOriginal(), onFullSeconds}} {
			if m.pushFirst && n > 10_000 {
				continue // with 10k jobs it is beyond what it can do
			}
			l, err := b.lateness(ctx, m.entrant, m.shape, n)
			if err != nil {
				return err
			}
			lateRow(&t, m.entrant.name, m.shape, n, l)
		}
	}
	b.report.add(t)
	return nil
}

func (b *bench) lateness(ctx context.Context, e entrant, s shape, n int) (lateness, error) {
	p, err := b.play(ctx, e, s.jobs(n, b.sizes.span))
	if err != nil {
		return lateness{}, err
	}
	l := p.lateness()
	b.say("  %s jobs %s, %s: p50 %s ms, p99 %s ms, max %s ms, first %s ms", thousands(n), s.name, e.name,
		millis(l.p50), millis(l.p99), millis(l.most), millis(l.least))
	return l, nil
}

// twoMachines counts how often the original runs a job when two machines look.
func (b *bench) twoMachines(ctx context.Context) error {
	e := entrant{name: "the original, two machines", open: openOriginal(2), pushFirst: true}
	_, err := b.play(ctx, e, onFullSeconds.jobs(b.sizes.slow, b.sizes.span))
	return err
}

// noEarly counts jobs of ours that began early.
func (b *bench) noEarly(e entrant, l lateness) {
	if e.name == oursName {
		b.figures.sum(earlyStarts, float64(l.early))
	}
}

func (b *bench) lateTable(title string) table {
	return table{title: title, head: []string{"", fmt.Sprintf("jobs in %v", b.sizes.span), "due", "p50", "p99", "max", "earliest"}}
}

// lateRow shows the medians of the rounds, and the p99 of each.
func lateRow(t *table, who string, s shape, n int, rounds ...lateness) {
	l := medianLateness(rounds)
	p99 := make([]float64, len(rounds))
	for i, r := range rounds {
		p99[i] = float64(r.p99)
	}
	write := func(v float64) string { return millis(time.Duration(v)) }
	t.add(who, thousands(n), s.name, millis(l.p50), overRounds(p99, write), millis(l.most), millis(l.least))
}
