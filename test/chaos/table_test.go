//go:build unix

package chaos_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
	"simplest_script/test/rig/audit"
)

// table is what the storm was and what became of the jobs.
func (s *storm) table(r *audit.Report) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	row := func(what string, values ...any) { fmt.Fprintf(w, "%s\t%s\n", what, fmt.Sprint(values...)) }
	row("STORM", fmt.Sprintf("seed %d, %v, %d daemons, verdict after %v", s.seed, s.length, s.daemons, s.verdict))
	row("  on", s.version())
	for _, c := range slices.Sorted(maps.Keys(s.struck)) {
		row("  "+string(c), s.struck[c])
	}
	row("  replies cut in the end", s.cutting.cut())
	row("  rows locked against the daemons", fmt.Sprintf("%d; %d deadlocks, %d at the cost of who locked", s.brawl.rows, s.brawl.all, s.brawl.lost))
	row("  daemons without room for logs", s.fullLogs())
	row("  daemons whose time of day jumps by 1 h", fmt.Sprintf("all; their log says it was %v", s.LoggedWithin().Round(time.Second)))
	s.jobRows(row, r)
	row("LATENESS", fmt.Sprintf("p50 %d ms, p99 %d ms, max %d ms", r.LateP50, r.LateP99, r.LateMax))
	row("RECOVERY", fmt.Sprintf("%d claims of dead daemons, p50 %d ms, max %d ms (at most %d)",
		r.Freed, r.RecoveryP50, r.RecoveryMax, s.within().Milliseconds()))
	row("PAUSES", fmt.Sprintf("kept for %v in which it had to be known, %d jobs held back; %d starts all the same", s.checked, s.heldBack, len(s.defied)))
	row("LOST", r.Lost)
	row("FINISHED TWICE", r.FinishedTwice)
	row("UNEXPLAINED EXECUTIONS", r.Doubled-r.Explained())
	row("BROKEN PROMISES", len(r.Faults)+len(s.defied))
	_ = w.Flush() // into memory
	return text.String()
}

func (s *storm) jobRows(row func(string, ...any), r *audit.Report) {
	row("JOBS", r.Done+r.Failed+r.Cancelled+r.Skipped)
	row("  pushed", fmt.Sprintf("%d, and %d of %d whose push could not tell", r.Pushed, r.OfThose, r.Unsure))
	row("  in transactions of who pushed", fmt.Sprintf("%d committed, %d rolled back, %d whose pusher died before the commit", r.Committed, r.RolledBack, r.Abandoned))
	row("  unique keys", fmt.Sprintf("%d, pushed again %d times", r.Keys, r.Merged))
	row("  successors", r.Successors)
	row("  further lives, retried by hand", fmt.Sprintf("%d, of %d jobs; %d requests", r.Retries, r.Revived, len(s.retrier.requests)))
	row("  done", r.Done)
	row("  cancelled", fmt.Sprintf("%d; %d requests: %d changed, %d left to a daemon, %d too late",
		r.Cancelled, len(s.meddler.requests), s.meddler.answers[delayqueue.Changed], s.meddler.answers[delayqueue.Requested], s.meddler.answers[delayqueue.Ended]))
	row("  moved while waiting", s.meddler.moved)
	row("  skipped, being too late", r.Skipped)
	row("  set aside, having killed too many", r.SetAside)
	row("EXECUTIONS", r.Runs)
	row("  recorded", r.Runs-r.Doubled)
	row("  of these failed and tried again", r.Retried)
	row("  in further lives", r.RunsAgain)
	row("  beyond the recorded", r.Doubled)
	row("    the claim was lost while the handler ran", r.Cut)
	row("    it was lost before the outcome was recorded", r.Unrecorded)
	row("    it was lost before the handler was called", r.Stale)
	for _, c := range slices.Sorted(maps.Keys(r.Causes)) {
		row("    because: "+c, r.Causes[c])
	}
	row("CLAIMS GIVEN BACK", r.Released)
	row("LEASES LOST", fmt.Sprintf("%d declared dead by others, %d without being touched, %d gave up themselves", r.Condemned, r.FalselyCondemned, r.GaveUp))
}

// version is what the database says it is.
func (s *storm) version() (text string) {
	require.NoError(s, s.DB.QueryRowContext(context.Background(), "SELECT VERSION()").Scan(&text))
	return text
}
