package storetest

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func finish() []behaviour {
	return []behaviour{
		{"done, failed and to be retried in one call", finishMixed},
		{"a row of the same claim between them runs on", finishAround},
		{"450 rows with outcomes of their own", finishMany},
		{"a retry moves the due time and keeps the first", finishRetries},
		{"a result of four-byte characters fits by characters", finishFourByte},
		{"a result that is too long is kept whole beside", finishWhole},
		{"a lateness beyond what the column holds is cut", finishLate},
		{"nothing to finish is no error", finishNothing},
		{"an outcome of no row is lost and changes nothing", finishNoRow},
	}
}

// ended is the outcome of a first attempt that will not be repeated.
func ended(h delayqueue.Held, status core.DelayStatus, result string) delayqueue.Outcome {
	return delayqueue.Outcome{Held: h, Status: status, Result: result, Attempts: 1, Started: 1000, Ended: 2000, Late: 7 * time.Millisecond}
}

// retried is the outcome of a first attempt that is to be repeated.
func retried(h delayqueue.Held, next, first int64) delayqueue.Outcome {
	o := ended(h, core.DelayWaiting, "try again")
	o.NextDue, o.FirstDue = next, first
	return o
}

// finished lets Store record outcomes of alice, none of which may be lost.
func (w *world) finished(outcomes ...delayqueue.Outcome) {
	w.Helper()
	lost, err := w.Store.Finish(w.ctx, alice, outcomes)
	require.NoError(w, err)
	require.Empty(w, lost)
}

// recorded requires a row to say what the outcome says.
func (w *world) recorded(o delayqueue.Outcome, r record) {
	w.Helper()
	require.Equal(w, []any{o.Status, o.Result, o.Attempts, o.Started, o.Ended, o.Late.Milliseconds()},
		[]any{r.Status, r.Result, r.Attempts, r.Start, r.End, r.LateMs})
	if o.Status == core.DelayWaiting {
		require.Equal(w, []any{o.NextDue, o.FirstDue, ""}, []any{r.Second*1000 + r.Ms, r.DueAt, r.Owner})
	}
}

// whole returns the result that is kept beside the row, or "".
func (w *world) whole(id uint64) (text string) {
	w.Helper()
	require.NoError(w, w.DB.QueryRowContext(w.ctx, "SELECT COALESCE(MAX(result), '') FROM script_delay_result WHERE job_id = ?", id).Scan(&text))
	return text
}

func finishAround(w *world) {
	held := w.running(alice, 3)
	before := w.row(held[1].ID)
	w.finished(ended(held[0], core.DelayDone, ""), ended(held[2], core.DelayDone, ""))
	require.Equal(w, before, w.row(held[1].ID))
}

func finishMixed(w *world) {
	held := w.started(alice, 4)
	bystander := w.row(w.running(alice, 1)[0].ID)
	outcomes := []delayqueue.Outcome{
		ended(held[2], core.DelayFailed, "no such order"),
		retried(held[0], 1_900_000_000_123, 1_700_000_000_456),
		ended(held[3], core.DelayDone, ""),
		ended(held[1], core.DelayDone, `{"ok":true}`),
	}
	w.finished(outcomes...)
	for _, o := range outcomes {
		w.recorded(o, w.row(o.ID))
	}
	require.Equal(w, bystander, w.row(bystander.ID))
	rows, err := w.Store.Owned(w.ctx, alice)
	require.NoError(w, err)
	require.Len(w, rows, 1)
}

func finishMany(w *world) {
	held := w.running(alice, 450)
	outcomes := make([]delayqueue.Outcome, len(held))
	for i, h := range held {
		o := ended(h, core.DelayDone, fmt.Sprintf("result %d 🙂 'quoted\\'", i))
		switch i % 3 {
		case 1:
			o.Status = core.DelayFailed
		case 2:
			o = retried(h, 1_900_000_000_000+int64(i)*1001, int64(i)*77)
		}
		o.Attempts, o.Started, o.Ended, o.Late = 1+i%5, int64(i), int64(2*i), time.Duration(i%7)*time.Second
		outcomes[len(held)-1-i] = o
	}
	w.finished(outcomes...)
	rows := w.table()
	require.Len(w, rows, len(outcomes))
	for i, o := range outcomes {
		w.recorded(o, rows[len(rows)-1-i])
	}
}

func finishRetries(w *world) {
	first := w.row(w.due("k", 1)[0]).Second * 1000
	for attempt := 1; attempt <= 3; attempt++ {
		rows, _, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, 1)
		require.NoError(w, err)
		require.Len(w, rows, 1)
		require.Equal(w, []any{attempt - 1, first}, []any{rows[0].Attempts, rows[0].FirstDue})
		o := retried(heldOf(rows)[0], int64(attempt)*100_000+7, rows[0].FirstDue)
		o.Attempts = attempt
		w.finished(o)
		r := w.row(rows[0].ID)
		w.recorded(o, r)
		require.Equal(w, []int64{int64(attempt) * 100, 7}, []int64{r.Second, r.Ms})
	}
}

func finishFourByte(w *world) {
	held := w.running(alice, 2)
	text := strings.Repeat("🙂", 500)
	w.finished(ended(held[0], core.DelayDone, text), ended(held[1], core.DelayDone, "plain"))
	require.Equal(w, text, w.row(held[0].ID).Result)
	require.Equal(w, "plain", w.row(held[1].ID).Result)
}

func finishWhole(w *world) {
	held := w.running(alice, 3)
	long := ended(held[0], core.DelayDone, "the beginning")
	long.Whole = strings.Repeat("the whole result 🙂 ", 10_000)
	again := retried(held[1], 1000, 1)
	again.Whole = "of the first attempt"
	w.finished(long, again, ended(held[2], core.DelayDone, "short"))
	require.Equal(w, []string{long.Whole, again.Whole, ""}, []string{w.whole(held[0].ID), w.whole(held[1].ID), w.whole(held[2].ID)})

	second := w.claimBy(w.Store, alice, "k")
	require.Len(w, second, 1)
	last := ended(second[0], core.DelayFailed, "the end")
	last.Whole = "of the second attempt"
	w.finished(last)
	require.Equal(w, "of the second attempt", w.whole(held[1].ID))
}

func finishLate(w *world) {
	held := w.running(alice, 2)
	late, early := ended(held[0], core.DelayDone, ""), ended(held[1], core.DelayDone, "")
	late.Late, early.Late = 100*365*24*time.Hour, -time.Second
	w.finished(late, early)
	require.Equal(w, int64(math.MaxUint32), w.row(held[0].ID).LateMs)
	require.Zero(w, w.row(held[1].ID).LateMs)
}

func finishNothing(w *world) { w.finished() }

// finishNoRow is how a completer asks whether the database answers.
func finishNoRow(w *world) {
	w.running(alice, 2)
	before := w.table()
	lost, err := w.Store.Finish(w.ctx, alice, []delayqueue.Outcome{{Status: core.DelayDone}})
	require.NoError(w, err)
	require.Equal(w, []uint64{0}, lost)
	require.Equal(w, before, w.table())
}
