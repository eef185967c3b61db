package storetest

import (
	"strings"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

func finishFenced() []behaviour {
	var all []behaviour
	for _, f := range fences() {
		all = append(all,
			behaviour{"a row that was " + f.name + " is lost to an outcome", func(w *world) { fencedFrom(w, f, endedLong) }},
			behaviour{"a row that was " + f.name + " is lost to a retry", func(w *world) { fencedFrom(w, f, retriedLong) }})
	}
	return append(all,
		behaviour{"lost rows among own ones are the only ones lost", someFenced},
		behaviour{"a row that is lost between two chunks is lost, the others are recorded", fencedMeanwhile},
	)
}

func endedLong(h delayqueue.Held) delayqueue.Outcome {
	o := ended(h, core.DelayDone, "mine")
	o.Whole = "mine, whole"
	return o
}

func retriedLong(h delayqueue.Held) delayqueue.Outcome {
	o := retried(h, 1_900_000_000_123, 1)
	o.Whole = "mine, whole"
	return o
}

// fencedFrom requires an outcome for a row that alice lost to change nothing.
func fencedFrom(w *world, f fence, outcome func(delayqueue.Held) delayqueue.Outcome) {
	held := w.running(alice, 1)[0]
	f.lose(w, held)
	before := w.table()
	lost, err := w.Store.Finish(w.ctx, alice, []delayqueue.Outcome{outcome(held)})
	require.NoError(w, err)
	require.Equal(w, []uint64{held.ID}, lost)
	require.Equal(w, before, w.table())
	require.Empty(w, w.whole(held.ID))
}

func someFenced(w *world) {
	held := w.running(alice, 6)
	outcomes := make([]delayqueue.Outcome, len(held))
	for i, h := range held {
		outcomes[i] = ended(h, core.DelayDone, strings.Repeat("x", i))
		outcomes[i].Whole = "whole"
		if i%2 == 1 {
			outcomes[i] = retriedLong(h)
		}
	}
	foreign := []uint64{held[1].ID, held[2].ID}
	for _, id := range foreign {
		w.set(id, "owner = ?, token = 5", bob)
	}
	before := []record{w.row(foreign[0]), w.row(foreign[1])}
	lost, err := w.Store.Finish(w.ctx, alice, outcomes)
	require.NoError(w, err)
	require.ElementsMatch(w, foreign, lost)
	require.Equal(w, before, []record{w.row(foreign[0]), w.row(foreign[1])})
	for i, o := range outcomes {
		if i == 1 || i == 2 {
			require.Empty(w, w.whole(o.ID))
			continue
		}
		w.recorded(o, w.row(o.ID))
		require.Equal(w, o.Whole, w.whole(o.ID))
	}
}

func fencedMeanwhile(w *world) {
	held := w.running(alice, 620)
	outcomes := make([]delayqueue.Outcome, len(held))
	for i, h := range held {
		outcomes[i] = ended(h, core.DelayDone, "")
	}
	last := held[len(held)-1].ID
	w.Faults.Before(finishing, 2, func() { w.set(last, "owner = ?, token = 5", bob) })
	lost, err := w.Store.Finish(w.ctx, alice, outcomes)
	require.NoError(w, err)
	require.Equal(w, []uint64{last}, lost)
	for _, r := range w.table() {
		require.Equal(w, r.ID == last, r.Status == core.DelayRunning)
	}
}
