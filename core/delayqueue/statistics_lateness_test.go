package delayqueue_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/delayqueue"
	"simplest_script/core/delayqueue/inspect"
	"simplest_script/core/delayqueue/sqlstore"
	"simplest_script/core/tool/sqldb"
	"simplest_script/test/dbtest"
)

// What people read of the lateness is what was observed: quantiles to within a tenth,
// the greatest to the millisecond.
func TestLatenessThatIsReadIsTheOneThatWasObserved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		s := sqlstore.New(db)
		micros, err := s.Now(t.Context())
		require.NoError(t, err)
		now := time.UnixMicro(micros)
		var events []delayqueue.Event
		for ms := range 100 {
			late := time.Duration(1+(ms*37)%100) * time.Millisecond // the greatest is not the last
			events = append(events, delayqueue.Event{Type: delayqueue.Started, Kind: "k", Due: now.Add(-late), Late: late})
		}
		counted := delayqueue.Counted(events...)
		require.Len(t, counted, 2, "of the minute and of the hour")
		for _, c := range counted {
			require.Equal(t, 100*time.Millisecond, c.LateMax)
		}
		require.NoError(t, s.WriteStatistics(t.Context(), "a", counted))
		less := delayqueue.Counted(events[:1]...)
		require.Equal(t, time.Millisecond, less[0].LateMax)
		require.NoError(t, s.WriteStatistics(t.Context(), "b", less), "the greatest is that of all daemons")
		for _, w := range []inspect.Window{inspect.LastMinute, inspect.LastHour, inspect.LastDay} {
			recent, err := inspect.New(db).Recent(t.Context(), w)
			require.NoError(t, err)
			require.Len(t, recent, 1, w.String())
			within := func(least, most time.Duration, got time.Duration) {
				t.Helper()
				require.GreaterOrEqual(t, got, least, w.String())
				require.LessOrEqual(t, got, most, w.String())
			}
			within(50*time.Millisecond, 55*time.Millisecond, recent[0].P50)
			within(99*time.Millisecond, 101*time.Millisecond, recent[0].P99)
			within(100*time.Millisecond, 101*time.Millisecond, recent[0].Max)
		}
	})
}
