package delayqueue

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// bootClock is a local clock that a test sets.
type bootClock struct{ boot time.Duration }

func (c *bootClock) Boot() time.Duration { return c.boot }
func (c *bootClock) Wall() time.Time     { return time.Time{} }

func TestClockIsNeverAheadOfTheDatabase(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		local := &bootClock{}
		c := &dbClock{local: local}
		const offset = 1_700_000_000_000_000 // the true difference in microseconds
		for range rapid.IntRange(1, 200).Draw(t, "samples") {
			there := rapid.Int64Range(0, 50_000).Draw(t, "there")
			back := rapid.Int64Range(0, 50_000).Draw(t, "back")
			sent := local.boot.Microseconds()
			read := (sent + there + offset) / 1000 * 1000 // a server that tells milliseconds only
			local.boot += time.Duration(there+back) * time.Microsecond
			c.learn(read-local.boot.Microseconds(), read+1000-sent)
			require.LessOrEqual(t, c.micros(), local.boot.Microseconds()+offset)
			local.boot += time.Second
		}
	})
}

func TestClockTrustsTheQuickestRoundTripOfTheLastMinute(t *testing.T) {
	local := &bootClock{}
	c := &dbClock{local: local}
	c.learn(1_000_000-900, 1_000_000+2000) // 0.9 ms on the way back
	c.learn(1_000_000-30_000, 1_000_000+2000)
	require.Equal(t, int64(1_000_000-900), c.micros())
	for range clockSamples {
		c.learn(1_000_000-5000, 1_000_000+2000)
	}
	require.Equal(t, int64(1_000_000-5000), c.micros(), "an old reading is forgotten, since clocks drift")
}

func TestClockFollowsADatabaseThatIsSetBack(t *testing.T) {
	local := &bootClock{}
	c := &dbClock{local: local}
	hour := time.Hour.Microseconds()
	c.learn(5*hour-100, 5*hour+100)
	c.learn(4*hour-100, 4*hour+100)
	require.Equal(t, 4*hour-100, c.micros())
	c.learn(6*hour-100, 6*hour+100)
	require.Equal(t, 6*hour-100, c.micros(), "and one that is set forward")
}

func TestClockUntil(t *testing.T) {
	local := &bootClock{boot: time.Second}
	c := &dbClock{local: local}
	c.learn(0, 1000)
	require.Equal(t, 250*time.Millisecond, c.until(1250))
	require.Equal(t, int64(1000), c.millis())
}
