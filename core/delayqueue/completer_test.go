package delayqueue

import (
	"context"
	"database/sql/driver"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"simplest_script/core"
	"simplest_script/core/tool/outage"
)

// slowRows is a finishStore that takes its time for each row and may refuse.
type slowRows struct {
	perRow  time.Duration
	perByte time.Duration                          // of a result, and of the params of successors
	slow    func(outcomes []Outcome) time.Duration // that each call takes besides; may be nil
	refuse  func(outcomes []Outcome) error         // may be nil
	lost    map[uint64]bool                        // rows that are another daemon's
	held    func(id uint64) bool                   // rows that another transaction holds; may be nil

	mu     sync.Mutex
	stored map[uint64]Outcome
	groups [][]uint64 // the ids of each call that came through
	waits  int        // calls that met a row which is held
}

func (s *slowRows) MarkStarted(context.Context, string, Held) (bool, error) { return true, nil }

func (s *slowRows) Finish(ctx context.Context, _ string, outcomes []Outcome) (lost []uint64, err error) {
	if !outage.Sleep(ctx, s.takes(outcomes)) {
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		if err := s.refuse(outcomes); err != nil {
			return nil, err
		}
	}
	var ids, held []uint64
	for _, o := range outcomes {
		if s.held != nil && s.held(o.ID) {
			held = append(held, o.ID)
			continue
		}
		ids = append(ids, o.ID)
		if s.lost[o.ID] {
			lost = append(lost, o.ID)
			continue
		}
		s.stored[o.ID] = o
	}
	s.groups = append(s.groups, ids)
	if len(held) > 0 {
		s.waits++
		return lost, fmt.Errorf("recording outcomes: %w", &LockedError{IDs: held, Err: &mysql.MySQLError{Number: 1205}})
	}
	return lost, nil
}

// takes is how long it takes to write the outcomes.
func (s *slowRows) takes(outcomes []Outcome) (d time.Duration) {
	if s.slow != nil {
		d = s.slow(outcomes)
	}
	for _, o := range outcomes {
		bytes := len(o.Result) + len(o.Whole)
		for _, next := range o.Successors {
			bytes += len(next.Params)
		}
		d += s.perRow + time.Duration(bytes)*s.perByte
	}
	return d
}

// waited is in how many calls a row was held.
func (s *slowRows) waited() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.waits
}

// recording is a completer at work in a bubble of synctest.
type recording struct {
	*completer
	t     *testing.T
	store *slowRows
	logs  *observer.ObservedLogs

	isUnsure atomic.Bool // what the completer told last
	rushes   atomic.Bool // what it is told of jobs that wait to begin

	tells sync.Mutex
	told  map[uint64]int // how often done was called
	lost  map[uint64]bool

	stop, hurry context.CancelFunc
	left        chan int
}

const testStatement = 4 * time.Second

// newRecording lets a completer begin with outcomes of the given ids.
func newRecording(t *testing.T, store *slowRows, ids ...uint64) *recording {
	seen, logs := observer.New(zapcore.DebugLevel)
	log := zap.New(seen)
	store.stored = map[uint64]Outcome{}
	r := &recording{t: t, store: store, logs: logs, told: map[uint64]int{}, lost: map[uint64]bool{}, left: make(chan int, 1)}
	r.completer = &completer{
		unsure: r.isUnsure.Store, rush: r.rushes.Load,
		store: store, pulse: func() {}, timeout: testStatement, log: log, outage: outage.New(log, "recording"), wake: make(chan struct{}, 1),
		forget: func(...*job) {}, done: r.tell,
	}
	stop, stopNow := context.WithCancel(t.Context())
	hurry, hurryNow := context.WithCancel(t.Context())
	r.stop, r.hurry = stopNow, hurryNow
	r.finish(ids...)
	go func() { r.left <- r.run(stop, hurry) }()
	return r
}

func (r *recording) tell(j *job, _ Outcome, lost bool) {
	r.tells.Lock()
	defer r.tells.Unlock()
	r.told[j.ID]++
	r.lost[j.ID] = lost
}

// toldOf returns how often done was called so far, by id.
func (r *recording) toldOf() map[uint64]int {
	r.tells.Lock()
	defer r.tells.Unlock()
	return maps.Clone(r.told)
}

// finish hands over one outcome for each id.
func (r *recording) finish(ids ...uint64) {
	for _, id := range ids {
		j := jobOf("me", id)
		r.add(j, Outcome{Held: j.held(), Status: core.DelayDone, Result: resultOf(id), Whole: "全部", Attempts: 1})
	}
}

// end lets the completer finish and returns how many outcomes it could not record.
func (r *recording) end() int {
	r.stop()
	defer time.AfterFunc(time.Hour, r.hurry).Stop() // of the bubble's time
	return <-r.left
}

func jobOf(owner string, id uint64) *job {
	return &job{Row: Row{ID: id, Token: id + 1000}, gen: &generation{owner: owner}}
}

func resultOf(id uint64) string { return fmt.Sprintf("结果 %d", id) }

func upTo(n int) []uint64 {
	ids := make([]uint64, n)
	for i := range ids {
		ids[i] = uint64(i + 1)
	}
	return ids
}

// A full group would take six seconds, of which each try has four: it would be tried
// for ever.
func TestCompleterComesThroughABacklogThatNoStatementHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := upTo(5000)
		r := newRecording(t, &slowRows{perRow: 12 * time.Millisecond}, ids...)
		require.Zero(t, r.end())
		require.Len(t, r.store.stored, len(ids))
		for _, id := range ids {
			require.Equal(t, 1, r.told[id], id)
		}
		require.Len(t, r.store.groups, len(ids)/(RowsPerGroup/2), "after the first they are halves")
	})
}

func TestCompleterKeepsResultsThroughErrorsThatPass(t *testing.T) {
	for name, passing := range map[string]error{
		"deadlock":           &mysql.MySQLError{Number: 1213},
		"query killed":       &mysql.MySQLError{Number: 1317},
		"connection killed":  &mysql.MySQLError{Number: 1927},
		"too many of a user": &mysql.MySQLError{Number: 1203},
		"disk full":          &mysql.MySQLError{Number: 1021},
		"connection broken":  driver.ErrBadConn,
		"malformed packet":   mysql.ErrMalformPkt,
		"statement too slow": context.DeadlineExceeded,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				r := newRecording(t, &slowRows{perRow: time.Millisecond, refuse: func([]Outcome) error {
					if tries++; tries <= 3 {
						return fmt.Errorf("recording outcomes: %w", passing)
					}
					return nil
				}}, 1, 2, 3)
				require.Zero(t, r.end())
				require.Equal(t, [][]uint64{{1, 2, 3}}, r.store.groups, "a group stays one")
				for _, id := range upTo(3) {
					require.Equal(t, resultOf(id), r.store.stored[id].Result)
					require.Equal(t, "全部", r.store.stored[id].Whole)
					require.Equal(t, 1, r.told[id])
				}
				require.Equal(t, 1, r.logs.FilterMessage("service is back").Len())
				require.Zero(t, r.logs.FilterLevelExact(zapcore.ErrorLevel).Len(), "nobody need get up for it")
			})
		})
	}
}

func TestCompleterSimplifiesOnlyTheResultThatIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &slowRows{perRow: time.Millisecond, refuse: func(outcomes []Outcome) error {
			for _, o := range outcomes {
				if o.ID == 2 && strings.Contains(o.Result, "结") {
					return &mysql.MySQLError{Number: 1366, Message: "Incorrect string value: '" + o.Result + "' for column 'result'"}
				}
			}
			return nil
		}}, 1, 2, 3)
		require.Zero(t, r.end())
		require.Equal(t, resultOf(1), r.store.stored[1].Result)
		require.Equal(t, "?? 2", r.store.stored[2].Result)
		require.Empty(t, r.store.stored[2].Whole)
		require.Equal(t, resultOf(3), r.store.stored[3].Result)
		require.Equal(t, map[uint64]int{1: 1, 2: 1, 3: 1}, r.toldOf())
		require.Equal(t, 1, r.logs.FilterField(zap.Uint64("task_id", 2)).FilterLevelExact(zapcore.ErrorLevel).Len(), "it says which")
		for _, line := range r.logs.All() {
			require.NotContains(t, fmt.Sprint(line), "结果", "what the server's text quotes is in no log")
		}
	})
}

func TestOutcomeThatIsRefusedForEverHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var refuses atomic.Bool
		refuses.Store(true)
		r := newRecording(t, &slowRows{perRow: time.Millisecond, refuse: func(outcomes []Outcome) error {
			if refuses.Load() && slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.ID == 1 }) {
				return &mysql.MySQLError{Number: 1264}
			}
			return nil
		}}, 1, 2, 3)
		synctest.Wait()
		outage.Sleep(t.Context(), time.Second)
		r.finish(4)
		outage.Sleep(t.Context(), 10*time.Second)
		synctest.Wait()
		require.Equal(t, map[uint64]int{2: 1, 3: 1, 4: 1}, r.toldOf())

		refuses.Store(false) // somebody has altered the table
		outage.Sleep(t.Context(), refusedPause)
		synctest.Wait()
		require.Equal(t, 1, r.toldOf()[1])
		require.Equal(t, resultOf(1), r.store.stored[1].Result)
		require.Zero(t, r.end())
	})
}

func TestOutcomeThatIsStillRefusedAtTheEndIsCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &slowRows{refuse: func(outcomes []Outcome) error {
			if slices.ContainsFunc(outcomes, func(o Outcome) bool { return o.ID == 1 }) {
				return &mysql.MySQLError{Number: 1264}
			}
			return nil
		}}, 1, 2)
		synctest.Wait()
		require.Equal(t, 1, r.end())
		require.Equal(t, map[uint64]int{2: 1}, r.toldOf())
	})
}

func TestCompleterTellsWhichRowsWereLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &slowRows{lost: map[uint64]bool{2: true}}, 1, 2, 3)
		require.Zero(t, r.end())
		require.Equal(t, map[uint64]bool{1: false, 2: true, 3: false}, r.lost)
	})
}

func TestCompleterGivesUpWhenItMustAndCountsWhatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := upTo(2*RowsPerGroup + 7)
		r := newRecording(t, &slowRows{refuse: func([]Outcome) error { return driver.ErrBadConn }}, ids...)
		synctest.Wait()
		r.stop()
		r.hurry()
		require.Equal(t, len(ids), <-r.left)
		require.Empty(t, r.told)
	})
}
