package storetest

import (
	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/delayqueue"
)

// fence is a way in which a running row of alice ceases to be hers.
type fence struct {
	name string
	lose func(w *world, h delayqueue.Held)
}

func fences() []fence {
	return []fence{
		{"claimed by another daemon", func(w *world, h delayqueue.Held) { w.set(h.ID, "owner = ?", bob) }},
		{"claimed again by the same", func(w *world, h delayqueue.Held) { w.set(h.ID, "token = ?", newClaim(alice).Token) }},
		{"released", func(w *world, h delayqueue.Held) {
			w.release(w.Peer, alice, []delayqueue.Held{h})
		}},
		{"rescued", loseToRescue},
		{"rescued and claimed", func(w *world, h delayqueue.Held) { loseToBob(w, h) }},
		{"rescued, claimed and finished", func(w *world, h delayqueue.Held) {
			lost, err := w.Peer.Finish(w.ctx, bob, []delayqueue.Outcome{ended(loseToBob(w, h), core.DelayDone, "theirs")})
			require.NoError(w, err)
			require.Empty(w, lost)
		}},
		{"set aside", func(w *world, h delayqueue.Held) {
			w.set(h.ID, "deaths = 2, start_time = 1")
			require.Equal(w, delayqueue.Rescued{Quarantined: 1}, w.rescuePeer())
		}},
		{"cancelled by a person", func(w *world, h delayqueue.Held) { w.set(h.ID, "status = ?", core.DelayCancelled) }},
		{"deleted", func(w *world, h delayqueue.Held) { w.exec("DELETE FROM delay_queue_log WHERE id = ?", h.ID) }},
	}
}

// loseToRescue lets the row be rescued; alice is no living daemon.
func loseToRescue(w *world, _ delayqueue.Held) {
	w.daemon(bob)
	require.Equal(w, delayqueue.Rescued{Waiting: 1}, w.rescuePeer())
	w.exec("DELETE FROM script_daemon")
}

// loseToBob lets the row be rescued and claimed by bob.
func loseToBob(w *world, h delayqueue.Held) delayqueue.Held {
	loseToRescue(w, h)
	held := w.claimBy(w.Peer, bob, "k")
	require.Len(w, held, 1)
	require.Equal(w, h.ID, held[0].ID)
	return held[0]
}
