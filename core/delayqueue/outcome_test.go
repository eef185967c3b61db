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
		result, whole := Fit(text)
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
	failed, cancelled := &failure{}, &failure{cancelled: true}
	for name, c := range map[string]struct {
		ctx  context.Context
		f    *failure
		want verdict
	}{
		"done":                     {context.Background(), nil, record},
		"failed":                   {context.Background(), failed, record},
		"done in spite of a drain": {ended(core.ErrDrain), nil, record},
		"cut off by a drain":       {ended(core.ErrDrain), failed, release},
		"cancelled in a drain":     {ended(core.ErrDrain), cancelled, record},
		"lease lost":               {ended(core.ErrLeaseLost), failed, abandon},
		"done, lease lost":         {ended(core.ErrLeaseLost), nil, record}, // the guard of the statement decides
	} {
		require.Equal(t, c.want, judge(c.ctx, c.f), name)
	}
}

func TestOutcome(t *testing.T) {
	k := &kind{name: "order_close", limits: Limits{MaxAttempts: 3}, backoff: func(int) time.Duration { return 7 * time.Second }}
	attemptThat := func(n int, err, cause error) Outcome {
		j := newJobs([]Row{{ID: 9, Token: 5, Due: 10_000, FirstDue: 4_000, Attempts: n - 1}}, k, &generation{ctx: context.Background()})[0]
		require.NoError(t, j.task.SetResult("half"))
		var f *failure
		if err != nil {
			f = failureOf(err, cause, time.Minute)
		}
		return j.outcome(f, 10_003_250, 12_000_999)
	}
	attempt := func(n int, err error) Outcome { return attemptThat(n, err, nil) }

	done := attempt(1, nil)
	require.Equal(t, Outcome{Held: Held{9, 5}, Status: core.DelayDone, Result: `"half"`, Attempts: 1, FirstDue: 4_000, Started: 10_003, Ended: 12_000, Late: 3250 * time.Microsecond}, done)

	retried := attempt(2, errors.New("busy"))
	require.Equal(t, core.DelayWaiting, retried.Status)
	require.Equal(t, int64(19_000), retried.NextDue)
	require.Equal(t, "busy", retried.Result)

	require.Equal(t, core.DelayFailed, attempt(3, errors.New("busy")).Status, "the last attempt")
	require.Equal(t, core.DelayFailed, attempt(1, fmt.Errorf("no such order: %w", core.ErrSkipRetry)).Status)

	asked := fmt.Errorf("closing: %w", core.RetryAfter(errors.New("429"), 3*time.Second))
	later := attempt(1, asked)
	require.Equal(t, []any{core.DelayWaiting, int64(15_000), "closing: 429"}, []any{later.Status, later.NextDue, later.Result})
	require.Equal(t, core.DelayFailed, attempt(3, asked).Status, "attempts still count")
	require.Equal(t, int64(12_000), attempt(1, core.RetryAfter(errors.New("429"), -time.Second)).NextDue)

	require.Equal(t, "handler timeout after 1m0s: busy", attemptThat(1, errors.New("busy"), core.ErrTimeout).Result)
	require.Equal(t, core.DelayCancelled, attemptThat(1, errors.New("stopped"), core.ErrCancelled).Status)

	var typedNil *core.RetryAfterError
	require.Contains(t, attempt(1, typedNil).Result, "panics when it is read")
}
