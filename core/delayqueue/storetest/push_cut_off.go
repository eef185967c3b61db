package storetest

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
)

func pushCutOff() []behaviour {
	return []behaviour{
		{"a later statement that is refused leaves nothing of the earlier ones", allOrNothing},
		{"a cut before the commit leaves nothing, and says so", cutBeforeCommit},
		{"a commit that was never sent leaves nothing, and says so", commitNotSent},
		{"a commit whose reply is cut leaves the outcome open", commitReplyCut},
		{"a commit that takes effect later leaves the outcome open", commitLate},
		{"a deadlock in the middle repeats all of it", pushDeadlock},
		{"the end of the context before the commit leaves nothing, and says so", pushCancelled},
	}
}

// manyJobs is more than one statement takes.
const manyJobs = 1200

// many is so many jobs.
func many() []core.DelayQueuePushParams {
	jobs := make([]core.DelayQueuePushParams, manyJobs)
	for i := range jobs {
		jobs[i] = core.DelayQueuePushParams{Name: fmt.Sprint(i), ExecCmd: "k", DelayTime: 60}
	}
	return jobs
}

// nothingStored requires a push to fail for certain.
func (w *world) nothingStored() {
	w.Helper()
	ids, err := idsFrom(w.Store.Push(w.ctx, many()))
	require.Error(w, err)
	require.NotErrorIs(w, err, core.ErrUnknownOutcome)
	require.Empty(w, ids)
	require.Empty(w, w.table())
}

func allOrNothing(w *world) {
	w.Faults.Refuse(inserting, 2, errStaged)
	w.nothingStored()
}

func cutBeforeCommit(w *world) {
	w.Faults.CutReply(inserting, 2)
	w.nothingStored()
}

func commitNotSent(w *world) {
	w.Faults.Unsent(commit, 1)
	w.nothingStored()
}

func commitReplyCut(w *world) {
	w.Faults.CutReply(commit, 1)
	ids, err := idsFrom(w.Store.Push(w.ctx, many()))
	require.ErrorIs(w, err, core.ErrUnknownOutcome)
	require.Empty(w, ids)
	require.Len(w, w.table(), manyJobs)
}

func commitLate(w *world) {
	arrive := w.Faults.Late(commit, 1)
	_, err := w.Store.Push(w.ctx, many())
	require.ErrorIs(w, err, core.ErrUnknownOutcome)
	require.Empty(w, w.table())
	require.NoError(w, arrive())
	require.Len(w, w.table(), manyJobs)
}

func pushDeadlock(w *world) {
	w.Faults.Deadlock(inserting, 2)
	ids, err := idsFrom(w.Store.Push(w.ctx, many()))
	require.NoError(w, err)
	rows := w.table()
	require.Len(w, rows, manyJobs, "the first statement's rows are neither lost nor doubled")
	for i, r := range rows {
		require.Equal(w, []any{fmt.Sprint(i), ids[i]}, []any{r.Name, r.ID})
	}
}

func pushCancelled(w *world) {
	ctx, cancel := context.WithCancel(w.ctx)
	w.ctx = ctx
	w.Faults.After(inserting, 2, cancel)
	ids, err := idsFrom(w.Store.Push(ctx, many()))
	w.ctx = context.WithoutCancel(ctx)
	require.ErrorIs(w, err, context.Canceled)
	require.NotErrorIs(w, err, core.ErrUnknownOutcome)
	require.Empty(w, ids)
	require.Empty(w, w.table())
}
