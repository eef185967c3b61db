package consumer

import (
	"slices"
	"time"
)

// remembered is how many of the last decisions are kept for people.
const remembered = 64

// keep returns the decisions that are still needed at now, the newest last: the
// last ones, and of those before them the ones that Desired may yet ask for, which
// are within KeepHigh and wanted more workers than any after them. There are no
// more of these than there can be numbers of workers, however often one looks.
func (l Limits) keep(history []Decision, now time.Time) []Decision {
	old := max(len(history)-remembered, 0)
	kept := slices.Clone(history[old:])
	highest := 0
	for _, d := range kept {
		highest = max(highest, l.wantedBy(d))
	}
	for _, d := range slices.Backward(history[:old]) {
		if now.Sub(d.At) >= l.keepHigh() {
			break
		}
		if wanted := l.wantedBy(d); wanted > highest {
			highest = wanted
			kept = slices.Insert(kept, 0, d)
		}
	}
	return kept
}

// wantedBy is what the lag asked for at an earlier look; 0 where it could not be read.
func (l Limits) wantedBy(d Decision) int {
	if d.LagErr != nil {
		return 0
	}
	return l.wanted(d.Reading)
}
