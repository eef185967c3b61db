package delayqueue

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
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
		c := &dbClock{local: local, often: local}
		const offset = 1_700_000_000_000_000 // the true difference in microseconds
		for range rapid.IntRange(1, 200).Draw(t, "samples") {
			there := rapid.Int64Range(0, 50_000).Draw(t, "there")
			back := rapid.Int64Range(0, 50_000).Draw(t, "back")
			sent := local.boot.Microseconds()
			read := (sent + there + offset) / 1000 * 1000 // a server that tells milliseconds only
			local.boot += time.Duration(there+back) * time.Microsecond
			c.learn(local.boot.Microseconds(), read-local.boot.Microseconds(), read+1000-sent)
			require.LessOrEqual(t, c.micros(), local.boot.Microseconds()+offset)
			local.boot += time.Second
		}
	})
}

func TestClockTrustsTheQuickestRoundTripOfTheLastReadings(t *testing.T) {
	local := &bootClock{}
	c := &dbClock{local: local, often: local}
	c.learn(0, 1_000_000-900, 1_000_000+2000) // 0.9 ms on the way back
	c.learn(0, 1_000_000-30_000, 1_000_000+2000)
	require.Equal(t, int64(1_000_000-900), c.micros())
	for range clockSamples {
		c.learn(0, 1_000_000-5000, 1_000_000+2000)
	}
	require.Equal(t, int64(1_000_000-5000), c.micros(), "an old reading is forgotten, since clocks drift")
}

func TestClockFollowsADatabaseThatIsSetBack(t *testing.T) {
	local := &bootClock{}
	c := &dbClock{local: local, often: local}
	hour := time.Hour.Microseconds()
	c.learn(0, 5*hour-100, 5*hour+100)
	c.learn(0, 4*hour-100, 4*hour+100)
	require.Equal(t, 4*hour-100, c.micros())
	c.learn(0, 6*hour-100, 6*hour+100)
	require.Equal(t, 6*hour-100, c.micros(), "and one that is set forward")
}

func TestClockUntil(t *testing.T) {
	local := &bootClock{boot: time.Second}
	c := &dbClock{local: local, often: local}
	c.learn(local.boot.Microseconds(), 0, 1000)
	require.Equal(t, 250*time.Millisecond, c.until(1250))
	require.Equal(t, int64(1000), c.millis())
}

func TestClockAllowsForClocksThatRunApart(t *testing.T) {
	local := &bootClock{}
	c := &dbClock{local: local, often: local}
	const offset = 1_000_000
	for second := range 120 { // the database's clock is slower by 500 ppm
		local.boot = time.Duration(second) * time.Second
		there := local.boot.Microseconds() + offset - local.boot.Microseconds()/2000
		trip := int64(20_000)
		if second%40 == 0 {
			trip = 100
		}
		c.learn(local.boot.Microseconds(), there-trip-local.boot.Microseconds(), there+1000-local.boot.Microseconds())
		for _, later := range []time.Duration{0, 900 * time.Millisecond} {
			local.boot = time.Duration(second)*time.Second + later
			truth := local.boot.Microseconds() + offset - local.boot.Microseconds()/2000
			require.LessOrEqual(t, c.micros(), truth, "second %d", second)
		}
	}
}

// timeOnly is a store of which only the clock is asked.
type timeOnly struct {
	claimStore
	asked int
}

func (s *timeOnly) Now(context.Context) (int64, error) {
	s.asked++
	return time.Now().UnixMicro(), nil
}

func TestClockIsReadOftenWhileAJobFallsDueOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var soon atomic.Bool
		store := &timeOnly{}
		c := &dbClock{local: &bootClock{}}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go c.follow(ctx, store, time.Second, soon.Load)
		<-time.After(time.Minute)
		synctest.Wait()
		require.Zero(t, store.asked)
		soon.Store(true)
		<-time.After(time.Second)
		synctest.Wait()
		require.Equal(t, 5, store.asked)
	})
}
