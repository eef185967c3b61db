package delayqueue

import (
	"context"
	"database/sql/driver"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"simplest_script/core"
	"simplest_script/core/tool/outage"
)

// slowRetirement is a store of done jobs, and of archived ones, of which each takes its
// time to be removed.
type slowRetirement struct {
	Store
	takes  func(left int) time.Duration // one of so many
	broken *atomic.Bool                 // every connection is; may be nil

	mu       sync.Mutex
	jobs     int
	archived int
	asked    []int // how many rows, each time that jobs were to be retired
}

// remove takes up to limit from what is left, all or none.
func (s *slowRetirement) remove(ctx context.Context, left *int, limit int) (int, error) {
	if s.broken != nil && s.broken.Load() {
		return 0, driver.ErrBadConn
	}
	n, all := s.cost(left, limit)
	if !outage.Sleep(ctx, all) {
		return 0, errors.Join(errors.New("retiring"), ctx.Err())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	*left -= n
	return n, nil
}

func (s *slowRetirement) cost(left *int, limit int) (n int, all time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n = min(*left, limit)
	for i := range n {
		all += s.takes(*left - i)
	}
	return n, all
}

// change lets f change the store.
func (s *slowRetirement) change(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

func (s *slowRetirement) RetireFrom(ctx context.Context, from Place, status core.DelayStatus, _ int64, _ bool, limit int) (int, Place, error) {
	if status != core.DelayDone {
		return 0, Place{}, nil
	}
	s.change(func() { s.asked = append(s.asked, limit) })
	n, err := s.remove(ctx, &s.jobs, limit)
	if err != nil {
		return 0, from, err
	}
	if n == limit {
		return n, Place{Second: from.Second + 1}, nil
	}
	return n, Place{}, nil
}

func (s *slowRetirement) ForgetArchived(ctx context.Context, _ int64, limit int) (int, error) {
	return s.remove(ctx, &s.archived, limit)
}

// left is how many jobs are still there, and how many archived ones.
func (s *slowRetirement) left() [2]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return [2]int{s.jobs, s.archived}
}

// retiring runs the part of an engine that retires jobs.
func retiring(t *testing.T, s *slowRetirement) *observer.ObservedLogs {
	seen, logs := observer.New(zap.DebugLevel)
	e := &Engine{cfg: Config{Keep: Retention{Done: time.Hour, Archived: time.Hour}}.withDefaults(), store: s, log: zap.New(seen), local: bubbleClock{time.Now()}}
	e.clock = &dbClock{local: e.local, often: e.local}
	e.know()
	beside(t, e.runRetirer)
	return logs
}

func always(d time.Duration) func(int) time.Duration { return func(int) time.Duration { return d } }

// Jobs with large results, or much history, may be more in a thousand than the time of a
// statement is enough for. Tried again as they are, they would stay for ever.
func TestJobsThatTakeTooLongTogetherAreRetiredInSmallerChunks(t *testing.T) {
	for name, each := range map[string]time.Duration{"few at once": 50 * time.Millisecond, "one by one": 3 * time.Second} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &slowRetirement{takes: always(each), jobs: 1500, archived: 1500}
				logs := retiring(t, s)
				after(6 * time.Hour)
				require.Equal(t, [2]int{}, s.left())
				require.Zero(t, logs.FilterMessageSnippet("away").Len(), "the database answers")
			})
		})
	}
}

// One row that takes long must not make retention slow for ever.
func TestChunksGrowAgainWhenTheyAreQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const many = 500_000
		s := &slowRetirement{jobs: many, takes: func(left int) time.Duration {
			if left > many-20 {
				return 3 * time.Second
			}
			return 100 * time.Microsecond
		}}
		retiring(t, s)
		after(10 * time.Minute)
		require.Equal(t, [2]int{}, s.left())
		require.Contains(t, s.asked, 1)
		require.Less(t, len(s.asked), 20+many/RowsPerRetire+50)
	})
}

// A round that is broken off has not found out in vain what a chunk may hold.
func TestNextRoundBeginsWithTheChunkThatFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var down atomic.Bool
		s := &slowRetirement{jobs: 1500, takes: always(50 * time.Millisecond), broken: &down}
		retiring(t, s)
		for s.left()[0] == 1500 {
			after(time.Second)
		}
		down.Store(true)
		after(5 * time.Minute)
		s.change(func() { s.asked = nil })
		down.Store(false)
		after(5 * time.Minute)
		s.change(func() { require.Less(t, s.asked[0], 100) })
	})
}

// Where not even one row goes in the time of a statement, it is the database's fault.
func TestDatabaseThatRetiresNotEvenOneJobIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &slowRetirement{takes: always(time.Hour), jobs: 1500}
		logs := retiring(t, s)
		after(10 * time.Minute)
		require.Positive(t, logs.FilterMessageSnippet("away").Len())
		s.change(func() { s.takes = always(time.Millisecond) })
		after(10 * time.Minute)
		require.Equal(t, [2]int{}, s.left())
	})
}
