package storetest

import (
	"database/sql"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
	"simplest_script/core/tool/sqldb"
)

func attempt() []behaviour {
	return []behaviour{
		{"an attempt that failed is kept, one that succeeded is not", attemptErrors},
		{"a repeated outcome is kept once", attemptOnce},
		{"a death is kept, with whether the job had been started", attemptDeaths},
		{"an attempt that is noted and not recorded does not hold up the next", attemptCut},
		{"of deaths those come first that had been started, then the newest", attemptDeathsInOrder},
		{"the deaths of living, foreign and excepted daemons are not returned", attemptDeathsOfOthers},
		{"a death is old after a while, whatever the clock was when it was noted", attemptDeathsOld},
		{"what is said of a death first stays, and concerns no other attempt", attemptExplained},
	}
}

// attempts are the rows of the table, by job and claim.
type keptAttempt struct {
	Job, Token     uint64
	Attempt        int
	Outcome, Owner string
	Due, Started   int64
	Error          string
}

func (w *world) attempts() []keptAttempt {
	w.Helper()
	kept, err := sqldb.Collect(func(rows *sql.Rows) (k keptAttempt, err error) {
		err = rows.Scan(&k.Job, &k.Token, &k.Attempt, &k.Outcome, &k.Owner, &k.Due, &k.Started, &k.Error)
		return k, err
	})(w.DB.QueryContext(w.ctx, "SELECT job_id, token, attempt, outcome, owner, due, started_at, error FROM script_delay_attempt ORDER BY job_id, attempt"))
	require.NoError(w, err)
	return kept
}

func failedOutcome(h delayqueue.Held, status core.DelayStatus) delayqueue.Outcome {
	return delayqueue.Outcome{Held: h, Status: status, Result: "no", Attempts: 1, NextDue: 5000, Started: 3000, Ended: 4000}
}

func attemptErrors(w *world) {
	held := w.running(alice, 3)
	w.finished(failedOutcome(held[0], core.DelayWaiting), failedOutcome(held[1], core.DelayFailed),
		delayqueue.Outcome{Held: held[2], Status: core.DelayDone, Attempts: 1})
	require.Equal(w, []keptAttempt{
		{held[0].ID, held[0].Token, 1, "error", alice, 3000, 3000, "no"},
		{held[1].ID, held[1].Token, 1, "error", alice, 3000, 3000, "no"},
	}, w.attempts())
}

func attemptOnce(w *world) {
	held := w.running(alice, 1)
	o := failedOutcome(held[0], core.DelayFailed)
	w.finished(o)
	_, err := w.Store.Finish(w.ctx, alice, []delayqueue.Outcome{o})
	require.NoError(w, err)
	require.Len(w, w.attempts(), 1)
}

func attemptDeaths(w *world) {
	unstarted := w.running(alice, 1)[0]
	started := w.started(alice, 1)[0]
	w.rescuePeer() // alice is no living daemon
	kept := w.attempts()
	require.Len(w, kept, 2)
	require.Equal(w, []any{unstarted.ID, "died", alice, "the daemon died; whether it had been started is not known"}, []any{kept[0].Job, kept[0].Outcome, kept[0].Owner, kept[0].Error})
	require.Equal(w, []any{started.ID, 1, "the daemon died while running it"}, []any{kept[1].Job, kept[1].Attempt, kept[1].Error})
	require.Positive(w, kept[1].Started)
	require.NotZero(w, kept[0].Token, "of the claim that died")
}

func attemptCut(w *world) {
	held := w.running(alice, 1)
	w.Faults.CutReply("script_delay_attempt", 1)
	o := failedOutcome(held[0], core.DelayFailed)
	_, err := w.Store.Finish(w.ctx, alice, []delayqueue.Outcome{o})
	require.Error(w, err)
	require.Equal(w, core.DelayRunning, w.row(held[0].ID).Status)
	w.finished(o)
	require.Len(w, w.attempts(), 1)
}
