package storetest

import (
	"maps"
	"slices"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func claimRaced() []behaviour {
	return []behaviour{
		{"claimers of two daemons take each of 2,000 rows once", claimersAtOnce},
		{"a row that is postponed between the look and the taking stays", postponedMeanwhile},
		{"a row that is changed between the look and the taking comes as it is now", changedMeanwhile},
		{"a row that becomes one of another kind between the look and the taking stays", otherKindMeanwhile},
		{"a row that another daemon takes between the look and the taking is that daemon's", takenMeanwhile},
		{"a row that is taken away between the taking and the reading does not come", gone},
		{"a deadlock while taking is tried again", claimDeadlock},
	}
}

func claimersAtOnce(w *world) {
	const jobs, claimers = 2000, 8
	want := w.due("k", jobs)
	got := make([]map[uint64]uint64, claimers) // token by id
	var wg sync.WaitGroup
	for i := range claimers {
		got[i] = map[uint64]uint64{}
		store, owner := w.Store, alice
		if i%2 == 1 {
			store, owner = w.Peer, bob
		}
		wg.Go(func() {
			for {
				rows, more, err := store.Claim(w.ctx, newClaim(owner), "k", 0, 50)
				if !assert.NoError(w, err) || !more && len(rows) == 0 {
					return
				}
				for _, r := range rows {
					got[i][r.ID] = r.Token
				}
			}
		})
	}
	wg.Wait()
	all := map[uint64]uint64{}
	sum := 0
	for _, g := range got {
		sum += len(g)
		maps.Copy(all, g)
	}
	require.Equal(w, jobs, sum, "taken twice, or left")
	require.Equal(w, want, slices.Sorted(maps.Keys(all)))
	for _, r := range w.table() {
		require.Equal(w, []any{core.DelayRunning, all[r.ID]}, []any{r.Status, r.Token})
	}
}

// meanwhile lets f happen to one of two due rows when the claim has looked at
// both, and returns what is claimed then.
func (w *world) meanwhile(f func(id uint64)) (id, other uint64, rows []delayqueue.Row) {
	w.Helper()
	id, other = w.insert("k", -3), w.insert("k", -2)
	w.Faults.Before(claiming, 1, func() { f(id) })
	rows, _, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, 10)
	require.NoError(w, err)
	return id, other, rows
}

func postponedMeanwhile(w *world) {
	id, other, rows := w.meanwhile(func(id uint64) { w.set(id, "exec_time = exec_time + 3600, params = 'new'") })
	require.Equal(w, []uint64{other}, idsOf(rows), "the other one would be early, with what it was to do before")
	r := w.row(id)
	require.Equal(w, []any{core.DelayWaiting, "new", ""}, []any{r.Status, r.Params, r.Owner})
}

func changedMeanwhile(w *world) {
	id, _, rows := w.meanwhile(func(id uint64) { w.set(id, "exec_time = exec_time - 1, params = 'new', max_attempts = 3") })
	require.Len(w, rows, 2)
	i := slices.IndexFunc(rows, func(r delayqueue.Row) bool { return r.ID == id })
	require.Equal(w, []any{"new", 3, w.row(id).Second * 1000}, []any{rows[i].Params, rows[i].MaxAttempts, rows[i].Due})
}

func otherKindMeanwhile(w *world) {
	id, other, rows := w.meanwhile(func(id uint64) { w.set(id, "exec_cmd = 'another'") })
	require.Equal(w, []uint64{other}, idsOf(rows), "the handler of k would be given a job of another kind")
	require.Equal(w, core.DelayWaiting, w.row(id).Status)
}

func takenMeanwhile(w *world) {
	var theirs []delayqueue.Held
	id, other, rows := w.meanwhile(func(uint64) { theirs = w.claimBy(w.Peer, bob, "k") })
	require.Empty(w, rows)
	require.Len(w, theirs, 2)
	for _, id := range []uint64{id, other} {
		require.Equal(w, bob, w.row(id).Owner)
	}
}

func gone(w *world) {
	id, kept := w.insert("k", -3), w.insert("k", -2)
	w.Faults.After(claiming, 1, func() { w.set(id, "status = 6") })
	rows, _, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, 10)
	require.NoError(w, err)
	require.Equal(w, []uint64{kept}, idsOf(rows))
	require.Equal(w, core.DelayCancelled, w.row(id).Status)
}

func claimDeadlock(w *world) {
	ids := w.due("k", 3)
	w.Faults.Deadlock(claiming, 1)
	rows, _, err := w.Store.Claim(w.ctx, newClaim(alice), "k", 0, 10)
	require.NoError(w, err)
	require.ElementsMatch(w, ids, idsOf(rows))
}
