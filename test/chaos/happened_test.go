//go:build unix

package chaos_test

import (
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
	"simplest_script/test/rig/audit"
)

// requireFaults fails a storm in which what was planned did not happen: a fault that
// misses everything proves nothing. Only what no whole storm can miss by chance is required.
func (s *storm) requireFaults(r *audit.Report) {
	s.Helper()
	if !s.whole() {
		return
	}
	require.Greater(s, s.LoggedWithin(), 2*time.Hour-time.Minute, "the time of day jumps to and fro by an hour, as the log tells")
	require.Positive(s, s.brawl.rows, "rows are locked against the daemons")
	require.Greater(s, s.brawl.all, s.brawl.lost, "statements run into deadlocks, and not only those who forced them")
	require.Positive(s, s.checked, "daemons had to keep to a pause for a while")
	require.Positive(s, s.heldBack, "a pause holds jobs back")
	require.Positive(s, r.Freed, "jobs of a dead daemon are found again")
	require.Positive(s, s.meddler.answers[delayqueue.Changed], "jobs are cancelled")
	require.Positive(s, s.meddler.moved, "jobs are moved")
	for i := range statements { // those that free jobs as well, since there were some
		require.Positive(s, s.cutting.seen[i].Load(), "%s are recognised, whose replies are to be cut", statements[i].name)
	}
	aimed := 0
	for i, n := range s.cutting.aimed {
		if i != rescues { // which a daemon may not have had occasion for
			aimed += n
		}
	}
	if aimed > 0 {
		require.Positive(s, s.cutting.cut(), "replies are cut")
	}
}
