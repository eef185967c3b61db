package sqlstore_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// A completer has to tell from the error that the time was not enough, and from an
// outcome of no row that it was not for the database, and then the row must become free.
func TestOutcomeWhoseWholeResultIsTooSlowOnTheWire(t *testing.T) {
	s, p := throughProxy(t)
	held := s.running("alice", 1)
	outcomes := doneOf(held)
	outcomes[0].Whole = strings.Repeat("x", 8<<20) // in 256 pieces at least
	p.Delay(20 * time.Millisecond)
	finish := func(limit time.Duration, outcomes []delayqueue.Outcome) ([]uint64, error) {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		return s.store.Finish(ctx, "alice", outcomes)
	}
	_, err := finish(time.Second, outcomes)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	lost, err := finish(patience, []delayqueue.Outcome{{Status: core.DelayDone}})
	require.NoError(t, err)
	require.Equal(t, []uint64{0}, lost)

	outcomes[0].Whole = ""
	require.Eventually(t, func() bool {
		lost, err = finish(patience, outcomes)
		return err == nil
	}, patience, look)
	require.Empty(t, lost)
	require.Equal(t, 1, s.count("status = 3"))
	var whole int
	require.NoError(t, s.db.QueryRowContext(t.Context(), "SELECT COUNT(*) FROM script_delay_result").Scan(&whole))
	require.Zero(t, whole)
}
