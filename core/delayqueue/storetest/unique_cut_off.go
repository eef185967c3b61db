package storetest

import (
	"context"
	"fmt"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func uniqueCutOff() []behaviour {
	return []behaviour{
		{"a commit whose reply is cut is found to have been carried out", keyedReplyCut},
		{"a job that ended before the push could look is not pushed again", keyedEndedMeanwhile},
		{"a commit that takes effect late is waited for", keyedLate},
		{"a commit that never arrived is repeated", keyedLost},
		{"a second commit without an answer is looked for as well", keyedLostTwice},
		{"one job without a key leaves the outcome open", keyedNotAll},
		{"a push that stored nothing has no open outcome", keyedNothingStored},
		{"a deadlock in the middle repeats all of it", keyedDeadlock},
		{"the end of the context leaves the outcome open", keyedCancelled},
	}
}

// fewKeyed is 20 jobs with keys.
func fewKeyed() []core.DelayQueuePushParams {
	jobs := many()[:20]
	for i := range jobs {
		jobs[i].UniqueKey = fmt.Sprint(i)
	}
	return jobs
}

// allStored pushes the jobs, and requires each to be stored once, by this push.
func (w *world) allStored(jobs ...core.DelayQueuePushParams) {
	w.Helper()
	receipts := w.pushed(jobs...)
	byID := map[uint64]string{}
	for _, r := range w.table() {
		byID[r.ID] = r.Name
	}
	require.Len(w, byID, len(receipts))
	for i, r := range receipts {
		require.False(w, r.Existed)
		require.Equal(w, jobs[i].Name, byID[r.ID])
	}
}

func keyedReplyCut(w *world) {
	w.Faults.CutReply(commit, 1)
	w.allStored(fewKeyed()...)
}

func keyedEndedMeanwhile(w *world) {
	w.Faults.CutReply(commit, 1)
	w.Faults.Before("BEGIN", 2, func() { w.finishByPeer() })
	id := w.one(keyed("order 1"))
	require.Len(w, w.table(), 1)
	require.Equal(w, core.DelayDone, w.row(id).Status)
}

// finishByPeer lets another daemon do all that is due.
func (w *world) finishByPeer() {
	for _, h := range w.claimBy(w.Peer, bob, "k") {
		lost, err := w.Peer.Finish(w.ctx, bob, []delayqueue.Outcome{ended(h, core.DelayDone, "")})
		require.NoError(w, err)
		require.Empty(w, lost)
	}
}

func keyedLate(w *world) {
	arrive := w.Faults.Late(commit, 1)
	w.Faults.Before("BEGIN", 2, func() { require.NoError(w, arrive()) })
	w.allStored(fewKeyed()...)
}

func keyedLost(w *world) {
	w.Faults.Lost(commit, 1)
	w.allStored(fewKeyed()...)
}

func keyedLostTwice(w *world) {
	w.Faults.Lost(commit, 1)
	w.Faults.CutReply(commit, 2) // the second was the look's own
	w.allStored(fewKeyed()...)
}

func keyedNotAll(w *world) {
	w.Faults.CutReply(commit, 1)
	_, err := w.Store.Push(w.ctx, append(fewKeyed(), core.DelayQueuePushParams{ExecCmd: "k"}))
	require.ErrorIs(w, err, core.ErrUnknownOutcome)
	require.Len(w, w.table(), 21)
}

func keyedNothingStored(w *world) {
	id := w.one(keyed("order 1"))
	w.Faults.CutReply(commit, 1)
	w.taken(keyed("order 1"), id)
}

func keyedDeadlock(w *world) {
	w.Faults.Deadlock(inserting, 2)
	w.allStored(append(fewKeyed(), core.DelayQueuePushParams{ExecCmd: "k", Name: "without a key"})...)
}

func keyedCancelled(w *world) {
	ctx, cancel := context.WithCancel(w.ctx)
	w.Faults.CutReply(commit, 1)
	w.Faults.Before("BEGIN", 2, cancel)
	_, err := w.Store.Push(ctx, fewKeyed())
	require.ErrorIs(w, err, core.ErrUnknownOutcome)
	require.Len(w, w.table(), 20)
}
