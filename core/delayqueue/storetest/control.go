package storetest

import (
	"math"
	"strings"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func control() []behaviour {
	return []behaviour{
		{"each job is answered for as it stands", cancelAnswers},
		{"running jobs of the original program, which nobody can be asked for, are changed at once", changeOwnerless},
		{"a cancelled job is not claimed and its key is free", cancelFrees},
		{"a moved job is due then, and a held one waits again", moveWaiting},
		{"moved to now, a job is claimed at once", moveNow},
		{"a time that no job can have is refused, whoever has the job", moveTooFar},
		{"a job that is claimed between look and question is asked for", cancelRaced},
		{"a job that its daemon gives back after being asked for is cancelled all the same", cancelGivenBack},
		{"the holder of a unique key is found", holderFound},
		{"a paused kind is told until it is resumed", pauseTold},
	}
}

func (w *world) cancel(ids ...uint64) map[uint64]delayqueue.Answer {
	w.Helper()
	answers, err := w.Store.Cancel(w.ctx, ids, "by a test")
	require.NoError(w, err)
	return answers
}

// requests are those that the daemons see.
func (w *world) requests() []delayqueue.Request {
	w.Helper()
	requests, err := w.Peer.Requests(w.ctx, 0, 100)
	require.NoError(w, err)
	return requests
}

func cancelAnswers(w *world) {
	ids := w.due("other", 3)
	held := w.running(alice, 1)
	w.set(ids[1], "status = 3")
	w.set(ids[2], "status = 5")
	require.Equal(w, map[uint64]delayqueue.Answer{
		ids[0]: delayqueue.Changed, ids[1]: delayqueue.Ended, ids[2]: delayqueue.Changed, held[0].ID: delayqueue.Requested,
	}, w.cancel(ids[0], 4711, held[0].ID, ids[2], ids[1]))
	r := w.row(ids[0])
	require.Equal(w, []any{core.DelayCancelled, "by a test"}, []any{r.Status, r.Result})
	require.Positive(w, r.End)
	require.Equal(w, core.DelayDone, w.row(ids[1]).Status)
	require.Equal(w, core.DelayRunning, w.row(held[0].ID).Status, "that is its daemon's to decide")
	require.Equal(w, delayqueue.Changed, w.cancel(ids[0])[ids[0]], "it may be repeated")
}

func changeOwnerless(w *world) {
	ids := w.due("k", 3)
	for _, id := range ids {
		w.set(id, "status = ?", core.DelayRunning)
	}
	require.Equal(w, map[uint64]delayqueue.Answer{ids[0]: delayqueue.Changed}, w.cancel(ids[0]))
	require.Equal(w, core.DelayCancelled, w.row(ids[0]).Status)
	answers, err := w.Store.Move(w.ctx, ids[1:2], 0)
	require.NoError(w, err)
	require.Equal(w, map[uint64]delayqueue.Answer{ids[1]: delayqueue.Changed}, answers)
	require.Empty(w, w.requests())
	require.Len(w, w.claimBy(w.Peer, bob, "k"), 1, "a person has decided about this one only")
	require.Equal(w, core.DelayRunning, w.row(ids[2]).Status)
}

func cancelFrees(w *world) {
	keyed, kept := w.due("k", 1)[0], w.due("k", 1)[0]
	w.key(keyed, "order 1", 0)
	w.key(kept, "order 2", 60)
	w.cancel(keyed, kept)
	require.Empty(w, w.claimBy(w.Peer, bob, "k"))
	require.Zero(w, w.holder("order 1"))
	require.Equal(w, kept, w.holder("order 2"), "its key stays taken for a while")
}

// key gives a job a unique key as a push does.
func (w *world) key(id uint64, key string, seconds int) {
	w.Helper()
	w.set(id, "unique_key = ?, unique_for = ?, unique_hash = ?", key, seconds, delayqueue.UniqueHash("k", key))
}

func (w *world) holder(key string) uint64 {
	w.Helper()
	id, err := w.Store.Holder(w.ctx, "k", key)
	require.NoError(w, err)
	return id
}

func moveWaiting(w *world) {
	ids := w.due("k", 2)
	w.set(ids[1], "status = 5")
	due := (w.seconds()+100)*1000 + 250
	answers, err := w.Store.Move(w.ctx, ids, due)
	require.NoError(w, err)
	require.Equal(w, map[uint64]delayqueue.Answer{ids[0]: delayqueue.Changed, ids[1]: delayqueue.Changed}, answers)
	for _, id := range ids {
		r := w.row(id)
		require.Equal(w, []any{core.DelayWaiting, due / 1000, int64(250)}, []any{r.Status, r.Second, r.Ms})
	}
}

func moveNow(w *world) {
	id := w.insert("k", 1000)
	before := w.millis()
	answers, err := w.Store.Move(w.ctx, []uint64{id}, 0)
	require.NoError(w, err)
	require.Equal(w, delayqueue.Changed, answers[id])
	r := w.row(id)
	require.GreaterOrEqual(w, r.Second*1000+r.Ms, before)
	require.Len(w, w.claimBy(w.Peer, bob, "k"), 1)
}

func moveTooFar(w *world) {
	const tooFar = (math.MaxUint32 + 1) * 1000
	const last = math.MaxInt32*1000 + 999 // of the columns that an original installation may have made
	held := w.running(alice, 1)[0].ID
	waiting := w.due("k", 1)[0]
	for _, due := range []int64{tooFar, math.MaxInt64, -1000} {
		for _, id := range []uint64{waiting, held} {
			before := w.row(id)
			answers, err := w.Store.Move(w.ctx, []uint64{id}, due)
			require.ErrorIs(w, err, core.ErrInvalidPush, due)
			pushing := core.CheckPush([]core.DelayQueuePushParams{{ExecCmd: "k", ExecTime: int(due / 1000)}})
			require.ErrorContains(w, err, strings.TrimPrefix(pushing.Error(), "row 0: "), "as a push refuses it")
			require.Empty(w, answers)
			require.Equal(w, before, w.row(id))
		}
	}
	require.Empty(w, w.requests(), "no daemon could ever do it")

	answers, err := w.Store.Move(w.ctx, []uint64{waiting, held}, last)
	require.NoError(w, err)
	require.Equal(w, map[uint64]delayqueue.Answer{waiting: delayqueue.Changed, held: delayqueue.Requested}, answers)
	require.True(w, w.grant(w.requests()[0]))
	for _, id := range []uint64{waiting, held} {
		r := w.row(id)
		require.Equal(w, []any{core.DelayWaiting, int64(math.MaxInt32), int64(999)}, []any{r.Status, r.Second, r.Ms})
	}
}

func cancelRaced(w *world) {
	id := w.due("k", 1)[0]
	w.Faults.Before("SET status = 6", 1, func() { w.claimBy(w.Peer, bob, "k") })
	require.Equal(w, delayqueue.Requested, w.cancel(id)[id])
	requests := w.requests()
	require.Len(w, requests, 1)
	require.Equal(w, []any{id, delayqueue.ToCancel, core.DelayRunning, bob}, []any{requests[0].ID, requests[0].Action, requests[0].Status, requests[0].Owner})
}

func cancelGivenBack(w *world) {
	held := w.running(bob, 1)
	w.cancel(held[0].ID)
	w.release(w.Peer, bob, held)
	requests := w.requests()
	require.Len(w, requests, 1)
	granted, err := w.Peer.Grant(w.ctx, requests[0])
	require.NoError(w, err)
	require.True(w, granted)
	require.Equal(w, core.DelayCancelled, w.row(held[0].ID).Status)
}

func holderFound(w *world) {
	id := w.due("k", 1)[0]
	w.key(id, "Order 1", 0)
	require.Equal(w, id, w.holder("Order 1"))
	require.Zero(w, w.holder("order 1"), "another key, whatever the collation says")
	require.Zero(w, w.holder("Order 1 "))
}

func pauseTold(w *world) {
	require.NoError(w, w.Store.Pause(w.ctx, "k", "first"))
	require.NoError(w, w.Store.Pause(w.ctx, "k", "the provider is down"))
	paused, err := w.Peer.Pauses(w.ctx)
	require.NoError(w, err)
	require.Len(w, paused, 1)
	require.Equal(w, []string{"k", "the provider is down"}, []string{paused[0].Kind, paused[0].Reason})
	require.Positive(w, paused[0].Since)
	resumed, err := w.Store.Resume(w.ctx, "k")
	require.NoError(w, err)
	require.True(w, resumed)
	resumed, err = w.Store.Resume(w.ctx, "k")
	require.NoError(w, err)
	require.False(w, resumed, "it was not paused")
}
