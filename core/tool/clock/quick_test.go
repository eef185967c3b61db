package clock_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core/tool/clock"
)

// counted is a clock that counts how often it is read. It has been suspended for a while.
type counted struct {
	clock.System
	began     time.Time
	suspended time.Duration
	reads     int
}

func (c *counted) Boot() time.Duration {
	c.reads++
	return time.Since(c.began) + c.suspended
}

func TestQuickAsksOnceInAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		within := &counted{began: time.Now().Add(-time.Hour)}
		q := &clock.Quick{Clock: within}
		for range 200 {
			require.Equal(t, within.suspended+time.Since(within.began), q.Boot())
			time.Sleep(time.Microsecond)
		}
		require.Equal(t, 2, within.reads)
	})
}

func TestQuickSoonHearsOfASuspension(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		within := &counted{began: time.Now()}
		q := &clock.Quick{Clock: within}
		before := q.Boot()
		within.suspended = time.Minute
		time.Sleep(99 * time.Microsecond)
		require.Equal(t, before+99*time.Microsecond, q.Boot())
		time.Sleep(time.Microsecond)
		require.Equal(t, before+100*time.Microsecond+time.Minute, q.Boot())
	})
}

// slow is a clock whose readings arrive late.
type slow struct {
	counted
	takes time.Duration
}

func (s *slow) Boot() time.Duration {
	boot := s.counted.Boot()
	time.Sleep(s.takes)
	return boot
}

func TestQuickGoesOnFromNoReadingThatTookLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		within := &slow{counted: counted{began: time.Now()}, takes: time.Second}
		q := &clock.Quick{Clock: within}
		require.Zero(t, q.Boot())
		within.takes = 0
		require.Equal(t, time.Second, q.Boot())
		require.Equal(t, 2, within.reads)
	})
}

// Of the clock of this machine no reading is ahead, whoever reads beside.
func TestQuickIsNeverAhead(t *testing.T) {
	var system clock.System
	q := &clock.Quick{Clock: system}
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for range 100_000 {
				before, quick, after := system.Boot(), q.Boot(), system.Boot()
				if quick > after || quick < before-10*time.Microsecond {
					t.Errorf("%v lies not between %v and %v", quick, before, after)
					return
				}
			}
		})
	}
	readers.Wait()
}
