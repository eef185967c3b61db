package delayqueue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"simplest_script/core"
)

func TestFitCutsAtACharacterAndKeepsTheWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text") + strings.Repeat(rapid.SampledFrom([]string{"a", "字", "🙂", "\xff"}).Draw(t, "more"), rapid.IntRange(0, 600).Draw(t, "n"))
		result, whole := fit(text)
		require.True(t, utf8.ValidString(result))
		require.LessOrEqual(t, utf8.RuneCountInString(result), maxResult)
		if whole == "" {
			require.Equal(t, strings.ToValidUTF8(text, "\uFFFD"), result)
			return
		}
		require.Equal(t, maxResult, utf8.RuneCountInString(result))
		require.True(t, strings.HasPrefix(whole, result))
	})
}

func TestPlainLeavesOnlyWhatEveryCharacterSetHolds(t *testing.T) {
	require.Equal(t, "ok ??", plain("ok 字🙂"))
}

func TestJudge(t *testing.T) {
	ended := func(cause error) context.Context {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancel(cause)
		return ctx
	}
	failed := errors.New("failed")
	for name, c := range map[string]struct {
		ctx  context.Context
		err  error
		want verdict
	}{
		"done":                     {context.Background(), nil, record},
		"failed":                   {context.Background(), failed, record},
		"done in spite of a drain": {ended(core.ErrDrain), nil, record},
		"cut off by a drain":       {ended(core.ErrDrain), failed, release},
		"lease lost":               {ended(core.ErrLeaseLost), failed, abandon},
		"done, lease lost":         {ended(core.ErrLeaseLost), nil, record}, // the guard of the statement decides
	} {
		require.Equal(t, c.want, judge(c.ctx, c.err != nil), name)
	}
}

func TestOutcome(t *testing.T) {
	k := &kind{name: "order_close", limits: Limits{MaxAttempts: 3}, backoff: func(int) time.Duration { return 7 * time.Second }}
	j := &job{Row: Row{ID: 9, Token: 5, Due: 10_000, FirstDue: 4_000}, kind: k}
	attempt := func(n int, err error) Outcome {
		task := &core.Task{Attempt: n, MaxAttempts: 3}
		require.NoError(t, task.SetResult("half"))
		return j.outcome(task, err, 10_003_250, 12_000_999)
	}

	done := attempt(1, nil)
	require.Equal(t, Outcome{Held: Held{9, 5}, Status: core.DelayDone, Result: `"half"`, Attempts: 1, FirstDue: 4_000, Started: 10_003, Ended: 12_000, Late: 3250 * time.Microsecond}, done)

	retried := attempt(2, errors.New("busy"))
	require.Equal(t, core.DelayWaiting, retried.Status)
	require.Equal(t, int64(19_000), retried.NextDue)
	require.Equal(t, "busy", retried.Result)

	require.Equal(t, core.DelayFailed, attempt(3, errors.New("busy")).Status, "the last attempt")
	require.Equal(t, core.DelayFailed, attempt(1, fmt.Errorf("no such order: %w", core.ErrSkipRetry)).Status)
}

func TestExponentialBackoffGrowsToAnHour(t *testing.T) {
	for attempt, middle := range map[int]time.Duration{0: 2 * time.Second, 1: 2 * time.Second, 2: 4 * time.Second, 5: 32 * time.Second, 11: 2048 * time.Second, 12: time.Hour, 1000: time.Hour} {
		for range 50 {
			d := Exponential(attempt)
			require.GreaterOrEqual(t, d, middle-middle/4, attempt)
			require.LessOrEqual(t, d, middle+middle/4, attempt)
		}
	}
}
