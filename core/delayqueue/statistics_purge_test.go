package delayqueue

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	"simplest_script/core/tool/outage"
)

// bubbleClock is a local clock that goes as the time of a bubble does.
type bubbleClock struct{ began time.Time }

func (c bubbleClock) Boot() time.Duration { return time.Since(c.began) }
func (c bubbleClock) Wall() time.Time     { return time.Now() }

// purged is a store that counts how often old statistics are removed.
type purged struct {
	Store
	away  atomic.Bool
	full  atomic.Int32 // how many times as many go as may go at once
	takes time.Duration
	times atomic.Int32
	early atomic.Bool // more was asked for than has had its time

	hurried atomic.Bool  // there was less time than a statement may take
	written atomic.Int32 // statistics
}

func (p *purged) WriteStatistics(_ context.Context, _ string, all []Statistic) error {
	p.written.Add(int32(len(all)))
	return nil
}

func (p *purged) PurgeStatistics(ctx context.Context, minutes int, before int64, limit int) (int, error) {
	if p.away.Load() {
		return 0, errors.New("away")
	}
	if end, bounded := ctx.Deadline(); !bounded || time.Until(end) < (Config{}.withDefaults().Statement) {
		p.hurried.Store(true)
	}
	if !outage.Sleep(ctx, p.takes) {
		return 0, ctx.Err()
	}
	keep := map[int]time.Duration{1: keepFine, 60: keepCoarse}[minutes]
	if before > time.Now().Add(-keep).Unix() {
		p.early.Store(true)
	}
	p.times.Add(1)
	if p.full.Add(-1) >= 0 {
		return limit, nil
	}
	return limit - 1, nil
}

// statisticsOf runs the part of an engine that writes and purges statistics.
func statisticsOf(t *testing.T, store Store) *Engine {
	e := &Engine{cfg: Config{}.withDefaults(), store: store, log: zap.NewNop(), local: bubbleClock{time.Now()}}
	e.clock = &dbClock{local: e.local, often: e.local}
	e.statistics = newStatistics()
	beside(t, e.runStatistics)
	return e
}

// beside runs a part of an engine until the test ends.
func beside(t *testing.T, run func(ctx context.Context)) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		run(ctx)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// know tells the engine the database's clock, which goes as the bubble's does.
func (e *Engine) know() {
	low := time.Now().UnixMicro() - e.local.Boot().Microseconds()
	e.clock.learn(e.local.Boot().Microseconds(), low, low+1000)
}

// after lets time pass in a bubble.
func after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// A daemon that is started anew each hour, or each ten minutes, purges too.
func TestStatisticsArePurgedSoonAfterAStartAndHourly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &purged{}
		e := statisticsOf(t, p)
		e.know()
		after(5 * time.Minute)
		require.EqualValues(t, 2, p.times.Load(), "those of minutes and those of hours, once")
		for range 3 {
			after(time.Hour + time.Minute)
		}
		require.EqualValues(t, 2+3*2, p.times.Load())
		require.False(t, p.early.Load())
	})
}

func TestStatisticsThatCouldNotBePurgedArePurgedWhenTheDatabaseIsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &purged{}
		p.away.Store(true)
		e := statisticsOf(t, p)
		e.know()
		after(10 * time.Minute)
		require.Zero(t, p.times.Load())
		p.away.Store(false)
		after(time.Minute)
		require.EqualValues(t, 2, p.times.Load())
	})
}

// However many there are, each chunk has the time of a statement to itself, and rests
// afterwards as long as it took. What is counted meanwhile is written.
func TestOldStatisticsArePurgedInChunks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const chunks = 10
		p := &purged{takes: time.Second}
		p.full.Store(chunks)
		e := statisticsOf(t, p)
		e.know()
		for p.times.Load() == 0 {
			after(time.Second)
		}
		e.statistics.observe(Event{Type: Failed, Kind: "k", Due: time.Now()})
		after(10 * time.Second)
		require.EqualValues(t, 1+5, p.times.Load(), "one second for each, and one of rest")
		require.Positive(t, p.written.Load())
		after(2 * chunks * time.Second)
		require.EqualValues(t, chunks+2, p.times.Load(), "the full ones, and of each length one that is not")
		require.False(t, p.hurried.Load())
	})
}

// What is old nobody can say before the database's clock is known.
func TestStatisticsArePurgedOnceTheDatabasesClockIsKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &purged{}
		e := statisticsOf(t, p)
		after(10 * time.Minute)
		require.Zero(t, p.times.Load())
		e.know()
		after(time.Minute)
		require.EqualValues(t, 2, p.times.Load())
		require.False(t, p.early.Load())
	})
}
