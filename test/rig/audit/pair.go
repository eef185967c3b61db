package audit

import (
	"cmp"
	"slices"
)

// pair is a run, and the claim under which it was started.
type pair struct {
	run   Run
	claim *claim
}

// unrecorded finds out which of the runs of a turn left no record, and to which of the
// lost claims each of them belongs: a daemon may claim a row again that it had given
// back, and then it matters which of its claims it lost. A run belongs to the newest
// claim that was made before it; a record is of the newest run after its claim.
// There must be a lost claim for each run without a record.
func unrecorded(runs []Run, claims, lost []*claim) (pairs []pair) {
	lost = slices.Clone(lost)
	_, runs = recordedRuns(runs, claims)
	for len(runs) > 0 {
		run := takeLast(&runs, func(Run) bool { return true })
		pairs = append(pairs, pair{run, takeLast(&lost, func(c *claim) bool { return c.began <= run.Start })})
	}
	return pairs
}

// recordedRuns returns the runs of a turn whose outcomes were recorded, each with its
// claim, and the others in the order of their start. There must be no fewer runs than
// recorded claims.
func recordedRuns(runs []Run, claims []*claim) (pairs []pair, others []Run) {
	others = slices.SortedFunc(slices.Values(runs), func(a, b Run) int { return cmp.Compare(a.Start, b.Start) })
	for _, c := range slices.Backward(claims) {
		if c.ending == recorded {
			pairs = append(pairs, pair{takeLast(&others, func(r Run) bool { return r.Start >= c.began }), c})
		}
	}
	return pairs, others
}

// takeLast removes the last of those that fit, or where none does, the last of all.
func takeLast[T any](from *[]T, fits func(T) bool) T {
	at := len(*from) - 1
	for i, one := range slices.Backward(*from) {
		if fits(one) {
			at = i
			break
		}
	}
	taken := (*from)[at]
	*from = slices.Delete(*from, at, at+1)
	return taken
}
