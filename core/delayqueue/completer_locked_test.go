package delayqueue

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
)

// A transaction that somebody leaves open holds one row for hours. The outcomes of all
// other jobs must not wait for it: after a while nothing more would be started.
func TestOutcomesAreRecordedWhileARowOfTheirGroupIsLocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const locked = 100
		over := time.Now().Add(time.Hour)
		r := newRecording(t, &slowRows{refuse: func(outcomes []Outcome) error {
			for _, o := range outcomes {
				if o.ID == locked && time.Now().Before(over) {
					time.Sleep(3 * time.Second) // as long as sessions wait for locks
					return fmt.Errorf("recording outcomes: %w", &mysql.MySQLError{Number: 1205})
				}
			}
			return nil
		}}, upTo(400)...)
		time.Sleep(time.Minute)
		require.Len(t, r.toldOf(), 399)
		r.finish(1000)
		time.Sleep(10 * time.Second)
		require.Equal(t, 1, r.toldOf()[1000])
		time.Sleep(time.Hour)
		require.Equal(t, 1, r.toldOf()[locked], "it is recorded when the row is free")
		require.Zero(t, r.end())
	})
}
