package storetest

import (
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func finishCutOff() []behaviour {
	return []behaviour{
		{"repeated after the reply of the commit was cut, nothing is lost or doubled", finishReplyCut},
		{"repeated after a retry whose reply was cut went to another daemon, that one keeps it", finishCutAndReclaimed},
		{"repeated after a commit that was not sent, all is recorded", finishNotSent},
		{"repeated after a cut in the middle, all is recorded", finishCutInTheMiddle},
		{"a deadlock in the middle repeats all of it", finishDeadlock},
		{"a deadlock at the commit repeats all of it", finishCommitDeadlock},
		{"a statement that is refused rolls its rows back", finishRefused},
	}
}

// three returns outcomes of every sort for running rows of alice.
func (w *world) three() []delayqueue.Outcome {
	w.Helper()
	held := w.running(alice, 3)
	return []delayqueue.Outcome{endedLong(held[0]), ended(held[1], core.DelayFailed, "no"), retriedLong(held[2])}
}

// allRecorded requires each outcome to stand in the table once.
func (w *world) allRecorded(outcomes []delayqueue.Outcome) {
	w.Helper()
	for _, o := range outcomes {
		w.recorded(o, w.row(o.ID))
		require.Equal(w, o.Whole, w.whole(o.ID))
	}
}

// failsThenHolds requires the first call to fail and the same call to work then.
func (w *world) failsThenHolds() {
	w.Helper()
	outcomes := w.three()
	_, err := w.Store.Finish(w.ctx, alice, outcomes)
	require.Error(w, err)
	w.finished(outcomes...)
	w.allRecorded(outcomes)
}

func finishReplyCut(w *world) {
	w.Faults.CutReply(commit, 1)
	w.Faults.CutReply(commit, 1) // of the second try, which gets as far as the other statement
	outcomes := w.three()
	for range 2 {
		_, err := w.Store.Finish(w.ctx, alice, outcomes)
		require.Error(w, err)
	}
	w.finished(outcomes...)
	w.allRecorded(outcomes)
}

func finishCutAndReclaimed(w *world) {
	o := retried(w.running(alice, 1)[0], 1000, 1000)
	w.Faults.CutReply(finishing, 1)
	_, err := w.Store.Finish(w.ctx, alice, []delayqueue.Outcome{o})
	require.Error(w, err)
	w.recorded(o, w.row(o.ID))
	require.Len(w, w.claimBy(w.Peer, bob, "k"), 1)
	before := w.table()
	_, err = w.Store.Finish(w.ctx, alice, []delayqueue.Outcome{o})
	require.NoError(w, err)
	require.Equal(w, before, w.table())
}

func finishNotSent(w *world) {
	w.Faults.Unsent(commit, 1)
	w.failsThenHolds()
}

func finishCutInTheMiddle(w *world) {
	w.Faults.CutReply(finishing, 2)
	w.failsThenHolds()
}

func finishDeadlock(w *world) {
	outcomes := w.three()
	w.Faults.Deadlock(keeping, 1) // when the rows themselves have been written
	w.finished(outcomes...)
	w.allRecorded(outcomes)
}

func finishCommitDeadlock(w *world) {
	outcomes := w.three()
	w.Faults.Deadlock(commit, 2)
	w.finished(outcomes...)
	w.allRecorded(outcomes)
}

func finishRefused(w *world) {
	held := w.running(alice, 1)
	before := w.table()
	w.Faults.Refuse(keeping, 1, errStaged)
	_, err := w.Store.Finish(w.ctx, alice, []delayqueue.Outcome{endedLong(held[0])})
	require.ErrorIs(w, err, errStaged)
	require.Equal(w, before, w.table())
}
