package delayqueue

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"simplest_script/core"
)

const (
	mebibyte = 1 << 20
	// eachByte lets a statement hold four of them, all but.
	eachByte = time.Second / mebibyte
)

// large hands over an outcome with a whole result of so many bytes for each id.
func (r *recording) large(bytes int, ids ...uint64) {
	whole := strings.Repeat("x", bytes)
	for _, id := range ids {
		j := jobOf("me", id)
		r.add(j, Outcome{Held: j.held(), Status: core.DelayDone, Result: resultOf(id), Whole: whole, Attempts: 1})
	}
}

// storedOf returns what is stored of a job.
func (r *recording) storedOf(id uint64) Outcome {
	r.store.mu.Lock()
	defer r.store.mu.Unlock()
	return r.store.stored[id]
}

// requireWhole requires each of the results to have been kept whole, and once.
func (r *recording) requireWhole(bytes int, ids ...uint64) {
	r.t.Helper()
	for _, id := range ids {
		require.Len(r.t, r.storedOf(id).Whole, bytes, id)
		require.Equal(r.t, 1, r.toldOf()[id], id)
	}
	require.Zero(r.t, r.logs.FilterLevelExact(zapcore.ErrorLevel).FilterMessageSnippet("kept").Len())
}

// Results that are large are few in a statement, so that it never takes too long.
func TestGroupHoldsFewLargeResults(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := upTo(40)
		r := newRecording(t, &slowRows{perByte: eachByte * 8 / 10})
		r.large(mebibyte, ids...)
		require.Zero(t, r.end())
		r.requireWhole(mebibyte, ids...)
		require.Zero(t, r.logs.FilterMessageSnippet("away").Len(), "no statement took too long")
	})
}

// What one statement holds nobody knows beforehand.
func TestSmallGroupThatIsTooLargeForAStatementIsWrittenInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ids := upTo(40)
		r := newRecording(t, &slowRows{perByte: 4 * eachByte})
		r.large(mebibyte/2, ids...)
		r.finish(100)
		require.Zero(t, r.end())
		r.requireWhole(mebibyte/2, ids...)
		require.Equal(t, 1, r.toldOf()[100])
		require.Zero(t, r.logs.FilterLevelExact(zapcore.ErrorLevel).Len())
	})
}

// It must neither hold up the others for ever nor be run again.
func TestResultThatNoStatementHoldsIsKeptInPart(t *testing.T) {
	for name, with := range map[string][]uint64{"alone": nil, "among others": {1, 3}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRecording(t, &slowRows{perByte: eachByte}, with...)
				r.large(8*mebibyte, 2)
				r.finish(with...)
				after(2 * testStatement)
				require.Zero(t, r.toldOf()[2], "it is not given up at once")
				require.False(t, r.isUnsure.Load(), "other jobs are started meanwhile")
				r.finish(4)
				after(2 * testStatement)
				require.Equal(t, 1, r.toldOf()[4])

				after(2 * time.Minute)
				kept := r.storedOf(2)
				require.Equal(t, 1, r.toldOf()[2])
				require.Equal(t, core.DelayDone, kept.Status)
				require.Equal(t, resultOf(2), kept.Result)
				require.Empty(t, kept.Whole)
				require.Equal(t, 1, r.logs.FilterMessageSnippet("kept").FilterField(zap.Uint64("task_id", 2)).FilterField(zap.Int("bytes", 8*mebibyte+len(resultOf(2)))).Len(), "it says which")
				for _, line := range r.logs.All() {
					require.NotContains(t, fmt.Sprint(line), "结果")
				}
				require.Zero(t, r.end())
			})
		})
	}
}

// The server may not have noticed yet that nobody waits for the whole any more.
func TestBeginningIsKeptThoughEachTryWithTheWholeLocksTheRow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var tried time.Time
		r := newRecording(t, &slowRows{
			held: func(id uint64) bool { return id == 2 && time.Since(tried) < 5*time.Second },
			slow: func(outcomes []Outcome) time.Duration {
				if outcomes[0].Whole == "" {
					return 0
				}
				tried = time.Now().Add(testStatement)
				return 2 * testStatement
			},
		})
		r.large(8*mebibyte, 2)
		after(5 * time.Minute)
		require.Equal(t, 1, r.toldOf()[2])
		require.Empty(t, r.storedOf(2).Whole)
		require.Zero(t, r.end())
	})
}

// What its row would hold may be refused besides.
func TestLargeResultWhoseBeginningIsRefusedIsKeptPlain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &slowRows{perByte: eachByte, refuse: func(outcomes []Outcome) error {
			if strings.Contains(outcomes[0].Result, "结") {
				return &mysql.MySQLError{Number: 1366}
			}
			return nil
		}})
		r.large(8*mebibyte, 2)
		after(2 * time.Minute)
		require.Equal(t, "?? 2", r.storedOf(2).Result)
		require.Equal(t, 1, r.toldOf()[2])
		require.Zero(t, r.end())
	})
}

// The database is at fault where nothing gets through, or nothing soon.
func TestSlowDatabaseCutsNoResult(t *testing.T) {
	for name, call := range map[string]time.Duration{"away": time.Hour, "slow": testStatement / 2} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				over := time.Now().Add(10 * time.Minute)
				slow := func([]Outcome) time.Duration {
					if time.Now().Before(over) {
						return call
					}
					return 0
				}
				r := newRecording(t, &slowRows{perByte: eachByte, slow: slow})
				r.large(3*mebibyte, 1, 2, 3)
				after(10 * time.Minute)
				for id := range uint64(3) {
					require.Zero(t, r.toldOf()[id+1])
				}
				after(2 * time.Minute)
				r.requireWhole(3*mebibyte, 1, 2, 3)
				require.Zero(t, r.end())
			})
		})
	}
}

// Each look at one that does not fit costs all of the time of a statement.
func TestManyResultsThatNoStatementHoldsHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &slowRows{perByte: eachByte})
		r.large(8*mebibyte, upTo(20)...)
		after(3 * time.Minute) // until all have been found out
		for id := uint64(100); id < 160; id++ {
			r.finish(id)
			after(time.Second)
		}
		after(2 * testStatement)
		told := r.toldOf()
		for id := uint64(100); id < 160; id++ {
			require.Equal(t, 1, told[id], id)
		}
		require.Zero(t, r.end())
		require.Len(t, r.toldOf(), 20+60)
	})
}

// Successors cannot be cut: the chain would break. Their job waits, and nobody with it.
func TestSuccessorsThatNoStatementHoldsHoldUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRecording(t, &slowRows{perByte: eachByte})
		j := jobOf("me", 1)
		next := []core.DelayQueuePushParams{{ExecCmd: "next", Params: strings.Repeat("x", 8*mebibyte)}}
		r.add(j, Outcome{Held: j.held(), Status: core.DelayDone, Whole: "whole", Successors: next})
		for id := uint64(2); id < 62; id++ {
			r.finish(id)
			after(5 * time.Second)
		}
		require.Len(t, r.toldOf(), 60)
		require.Zero(t, r.toldOf()[1])
		r.stop()
		r.hurry()
		require.Equal(t, 1, <-r.left)
	})
}
