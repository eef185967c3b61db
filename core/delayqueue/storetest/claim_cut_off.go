package storetest

import (
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func claimCutOff() []behaviour {
	return []behaviour{
		{"rows whose taking was answered by nothing are found by the same claim", takingCut},
		{"rows whose reading was cut are found by the same claim", readingCut},
		{"a claim that was not sent takes nothing", takingRefused},
		{"a claim that is committed after it was read back is found among the owner's rows", lateClaimOwned},
		{"a dead daemon's claim that is committed after the verdict is rescued", lateClaimRescued},
		{"the owner's rows are those that run, of that owner", owned},
	}
}

// cutClaim makes a claim of three due rows that fails.
func (w *world) cutClaim() (delayqueue.Claim, []uint64) {
	w.Helper()
	ids := w.due("k", 3)
	c := newClaim(alice)
	rows, _, err := w.Store.Claim(w.ctx, c, "k", 0, 10)
	require.Error(w, err)
	require.Empty(w, rows)
	return c, ids
}

// foundBy requires the claim to have these rows and no others.
func (w *world) foundBy(c delayqueue.Claim, ids []uint64) {
	w.Helper()
	rows, err := w.Store.Claimed(w.ctx, c)
	require.NoError(w, err)
	require.ElementsMatch(w, ids, idsOf(rows))
	for _, r := range rows {
		require.Equal(w, []any{"k", "p", c.Token}, []any{r.ExecCmd, r.Params, r.Token})
	}
}

func takingCut(w *world) {
	w.Faults.CutReply(claiming, 1)
	w.foundBy(w.cutClaim())
}

func readingCut(w *world) {
	w.Faults.CutReply(reading, 1)
	w.foundBy(w.cutClaim())
}

func takingRefused(w *world) {
	w.Faults.Refuse(claiming, 1, errStaged)
	c, ids := w.cutClaim()
	w.foundBy(c, nil)
	require.Len(w, w.claimBy(w.Peer, bob, "k"), len(ids), "they are free for others")
}

func lateClaimOwned(w *world) {
	arrive := w.Faults.Late(claiming, 1)
	c, ids := w.cutClaim()
	w.foundBy(c, nil)
	require.NoError(w, arrive())
	strangers, err := w.Store.Owned(w.ctx, alice)
	require.NoError(w, err)
	require.Len(w, strangers, len(ids))
	w.release(w.Store, alice, strangers)
	require.Len(w, w.claimBy(w.Peer, bob, "k"), len(ids), "they are free for others")
}

func lateClaimRescued(w *world) {
	w.daemon(alice)
	arrive := w.Faults.Late(claiming, 1)
	_, ids := w.cutClaim()
	w.kill(alice)
	require.Zero(w, w.rescuePeer(), "at the verdict there is nothing to be seen")
	require.NoError(w, arrive())
	require.Equal(w, delayqueue.Rescued{Waiting: len(ids)}, w.rescuePeer())
	require.Len(w, w.claimBy(w.Peer, bob, "k"), len(ids))
}

func owned(w *world) {
	mine := append(w.running(alice, 2), w.running(alice, 1)...)
	w.running(bob, 2)
	ended := w.running(alice, 1)
	w.set(ended[0].ID, "status = ?", core.DelayDone)
	rows, err := w.Store.Owned(w.ctx, alice)
	require.NoError(w, err)
	require.ElementsMatch(w, mine, rows)
}
