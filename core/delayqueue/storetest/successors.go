package storetest

import (
	"fmt"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func successors() []behaviour {
	return []behaviour{
		{"successors are stored with the outcome, beside outcomes without", chained},
		{"a failed or retried job has no successors", chainedNotDone},
		{"a row that was lost pushes nothing, the others do", chainedLost},
		{"a row that another daemon finished the same way pushes nothing", chainedElsewhere},
		{"a successor whose key is taken is not stored", chainedKey},
		{"a job may push its own kind and key again", chainedItself},
		{"many jobs with many successors", chainedMany},
		{"repeated after the reply of the commit was cut, no successor is doubled", chainedReplyCut},
		{"repeated after the commit arrived late, no successor is doubled", chainedLate},
		{"repeated after the commit was lost, all is there once", chainedCommitLost},
		{"a deadlock at a successor repeats all of it", chainedDeadlock},
		{"a cut at a successor records nothing", chainedCut},
	}
}

// withSuccessors is a done job and two jobs after it.
func withSuccessors(h delayqueue.Held) delayqueue.Outcome {
	o := ended(h, core.DelayDone, "r")
	for n := range 2 {
		o.Successors = append(o.Successors, core.DelayQueuePushParams{ExecCmd: "next", Name: fmt.Sprintf("%d.%d", h.ID, n), DelayTime: 60})
	}
	return o
}

// requireSuccessors requires the successors of these jobs to be there, each once.
func (w *world) requireSuccessors(of ...delayqueue.Held) {
	w.Helper()
	var want, got []string
	for _, h := range of {
		for _, s := range withSuccessors(h).Successors {
			want = append(want, s.Name)
		}
	}
	for _, r := range w.table() {
		if r.Kind == "next" {
			require.Equal(w, core.DelayWaiting, r.Status)
			got = append(got, r.Name)
		}
	}
	require.ElementsMatch(w, want, got)
}

func chained(w *world) {
	held := w.running(alice, 4)
	outcomes := []delayqueue.Outcome{withSuccessors(held[2]), ended(held[1], core.DelayDone, "r"), retried(held[3], 5000, 1000), withSuccessors(held[0])}
	outcomes[0].Whole = "all of the result"
	before := w.seconds()
	w.finished(outcomes...)
	w.allRecorded(outcomes)
	w.requireSuccessors(held[0], held[2])
	for _, r := range w.table()[4:] {
		require.GreaterOrEqual(w, r.Second, before+60, "the delay counts from the end of the job")
	}
}

func chainedNotDone(w *world) {
	held := w.running(alice, 2)
	failed, again := withSuccessors(held[0]), withSuccessors(held[1])
	failed.Status, again.Status, again.NextDue = core.DelayFailed, core.DelayWaiting, 5000
	w.finished(failed, again)
	w.requireSuccessors()
}

func chainedLost(w *world) {
	held := w.running(alice, 3)
	w.release(w.Peer, alice, held[:1])
	w.claimBy(w.Peer, bob, "k")
	w.exec("DELETE FROM delay_queue_log WHERE id = ?", held[2].ID)
	lost, err := w.Store.Finish(w.ctx, alice, []delayqueue.Outcome{withSuccessors(held[0]), withSuccessors(held[1]), withSuccessors(held[2])})
	require.NoError(w, err)
	require.Equal(w, []uint64{held[0].ID, held[2].ID}, lost)
	w.requireSuccessors(held[1])
	require.Equal(w, []any{core.DelayRunning, bob}, []any{w.row(held[0].ID).Status, w.row(held[0].ID).Owner})
}

func chainedElsewhere(w *world) {
	held := w.running(alice, 1)
	w.release(w.Peer, alice, held)
	w.finishByPeer()
	lost, err := w.Store.Finish(w.ctx, alice, []delayqueue.Outcome{withSuccessors(held[0])})
	require.NoError(w, err)
	require.Equal(w, []uint64{held[0].ID}, lost)
	w.requireSuccessors()
}

func chainedKey(w *world) {
	other := w.one(core.DelayQueuePushParams{ExecCmd: "next", UniqueKey: "a", DelayTime: 60})
	held := w.running(alice, 2)
	outcomes := []delayqueue.Outcome{ended(held[0], core.DelayDone, ""), ended(held[1], core.DelayDone, "")}
	for i := range outcomes {
		outcomes[i].Successors = []core.DelayQueuePushParams{{ExecCmd: "next", UniqueKey: "a"}, {ExecCmd: "next", UniqueKey: "b"}}
	}
	w.finished(outcomes...)
	w.allRecorded(outcomes)
	require.Len(w, w.table(), 4, "the first of the key a, two that are done, and one of the key b")
	require.Equal(w, core.DelayWaiting, w.row(other).Status)
}

func chainedItself(w *world) {
	id := w.one(keyed("every day"))
	held := w.claimBy(w.Peer, alice, "k")
	o := ended(held[0], core.DelayDone, "")
	o.Successors = []core.DelayQueuePushParams{keyed("every day")}
	w.finished(o)
	rows := w.table()
	require.Len(w, rows, 2)
	require.Equal(w, []core.DelayStatus{core.DelayDone, core.DelayWaiting}, []core.DelayStatus{w.row(id).Status, rows[1].Status})
}

func chainedMany(w *world) {
	held := w.running(alice, 7)
	outcomes := make([]delayqueue.Outcome, len(held))
	for i, h := range held {
		outcomes[i] = ended(h, core.DelayDone, "")
		for range []int{700, 299, 1, 1000, 3, 4, 5}[i] {
			outcomes[i].Successors = append(outcomes[i].Successors, core.DelayQueuePushParams{ExecCmd: "next", Name: fmt.Sprint(h.ID)})
		}
	}
	w.finished(outcomes...)
	w.allRecorded(outcomes)
	require.Len(w, w.table(), 7+2012)
}

// chainedAfter requires the first call to fail, and the second to find or make all.
func (w *world) chainedAfter(between func()) {
	w.Helper()
	held := w.running(alice, 3)
	outcomes := []delayqueue.Outcome{withSuccessors(held[0]), withSuccessors(held[1]), withSuccessors(held[2])}
	_, err := w.Store.Finish(w.ctx, alice, outcomes)
	require.Error(w, err)
	between()
	w.finished(outcomes...)
	w.allRecorded(outcomes)
	w.requireSuccessors(held...)
}

func chainedReplyCut(w *world) {
	w.Faults.CutReply(commit, 1)
	w.chainedAfter(func() {})
}

func chainedLate(w *world) {
	arrive := w.Faults.Late(commit, 1)
	w.chainedAfter(func() { require.NoError(w, arrive()) })
}

func chainedCommitLost(w *world) {
	w.Faults.Lost(commit, 1)
	w.chainedAfter(func() {})
}

func chainedDeadlock(w *world) {
	held := w.running(alice, 1)
	w.Faults.Deadlock(inserting, 1)
	w.finished(withSuccessors(held[0]))
	w.requireSuccessors(held...)
}

func chainedCut(w *world) {
	w.Faults.CutReply(inserting, 1)
	w.chainedAfter(func() { w.requireSuccessors() })
}
