package main

// bar is what a figure has to reach.
type bar struct {
	figure string // its name in figures
	atMost bool   // the figure must not be above the limit; else not below it
	limit  float64
	unit   string
}

// The names of the figures that have a bar.
const (
	cycleOfFloor   = "whole cycle, of the floor's rate"
	cycleOfRiver   = "whole cycle, of River's best rate"
	bulkOfFloor    = "bulk push, of the floor's rate"
	rateAt5M       = "whole cycle with 5M finished rows, of the rate with none"
	claimsOf8      = "claims of eight daemons, of those of one"
	cycleOf4       = "whole cycle of four daemons, of that of one"
	latenessByMs   = "lateness p99 of jobs spread by milliseconds, of the floor's"
	latenessBySec  = "lateness p99 of jobs on full seconds, of the floor's"
	earlyStarts    = "jobs of ours that began early"
	foreignPush    = "lateness p99 of jobs that another process pushes"
	twoDaemons     = "two daemons, 10,000 jobs of 20 ms, of the ideal time"
	besidePaused   = "lateness p99 beside a paused kind, change"
	besideBusy     = "lateness p99 beside a saturated kind, change"
	residentMemory = "resident memory with 1M jobs due in one second"
)

// bars are the promises of the delay queue. Lateness has its bar with each number of
// jobs that is measured.
func bars(s sizes) []bar {
	all := []bar{
		{figure: cycleOfFloor, limit: 0.85},
		{figure: cycleOfRiver, limit: 1.5},
		{figure: bulkOfFloor, limit: 0.85},
		{figure: rateAt5M, limit: 0.9},
		{figure: claimsOf8, limit: 0.9},
		{figure: cycleOf4, limit: 0.9},
		{figure: earlyStarts, atMost: true},
		{figure: foreignPush, atMost: true, limit: 100, unit: "ms"},
		{figure: twoDaemons, atMost: true, limit: 1.15},
		{figure: besidePaused, atMost: true, limit: 10, unit: "ms"},
		{figure: besideBusy, atMost: true, limit: 10, unit: "ms"},
		{figure: residentMemory, atMost: true, limit: 300, unit: "MB"},
	}
	for _, jobs := range s.lateJobs {
		for _, shape := range []string{latenessByMs, latenessBySec} {
			all = append(all, bar{figure: withJobs(shape, jobs), atMost: true, limit: 1.5})
		}
	}
	return all
}

func (b bar) met(value float64) bool {
	if b.atMost {
		return value <= b.limit
	}
	return value >= b.limit
}

// tellBars adds the bars to the report and returns how many were missed.
func (b *bench) tellBars() (missed int) {
	t := table{title: "Bars", head: []string{"", "measured", "bar", ""}}
	for _, bar := range bars(b.sizes) {
		value, measured := b.figures.median(bar.figure)
		if !measured {
			continue
		}
		verdict := "met"
		if !bar.met(value) {
			verdict = "**missed**"
			missed++
		}
		sign := "≥"
		if bar.atMost {
			sign = "≤"
		}
		t.add(bar.figure, number(value)+" "+bar.unit, sign+" "+number(bar.limit)+" "+bar.unit, verdict)
	}
	b.report.add(t)
	return missed
}
