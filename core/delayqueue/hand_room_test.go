package delayqueue

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// A look that found no room has not seen what falls due later: the slots must not
// stand idle until the next one.
func TestMoreIsAskedForAfterALookThatFoundNoRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		k := kindWith("k", 1)
		h := newHandTest(k)
		asked := 0
		h.ask = func(*kind) { asked++ }
		require.True(t, h.claim(k, &generation{}, 3, 1))
		h.fire(1)
		h.settle()
		k.busy, k.runs = fewRuns*time.Minute, fewRuns
		room, _ := h.room(k)
		require.Zero(t, room)
		for len(h.running) > 0 {
			h.forget(h.end(0, nothing))
			h.settle()
		}
		require.Positive(t, asked)
		h.requireEmpty(t)
	})
}

// While due jobs wait for a slot, those that fall due later are in no hurry. More that
// are due already are, and what other kinds would take the slots from.
func TestMoreIsAskedForInTime(t *testing.T) {
	for _, tt := range []struct {
		behind bool
		slots  int // of all kinds; 0: as many as the kinds have
		early  bool
	}{{false, 0, false}, {true, 0, true}, {false, 1, true}} {
		synctest.Test(t, func(t *testing.T) {
			k := kindWith("k", 1)
			k.busy, k.runs = fewRuns*time.Minute, fewRuns
			h := newHandTest(k)
			h.most = tt.slots
			var asked []int // with so many jobs waiting for the slot
			h.ask = func(*kind) { asked = append(asked, len(k.ready)) }
			require.True(t, h.add(k, h.jobs(k, &generation{}, 5, 1), found{more: true, behind: tt.behind}))
			h.fire(1)
			h.settle()
			for len(h.running) > 0 {
				h.forget(h.end(0, nothing))
			}
			require.NotEmpty(t, asked)
			require.Equal(t, tt.early, asked[0] > 0, "%+v: %v", tt, asked)
			h.requireEmpty(t)
		})
	}
}

func TestRoomForDueJobsBesidesThoseThatFallDueLater(t *testing.T) {
	type room struct {
		jobs    int
		dueOnly bool
	}
	tests := []struct {
		name          string
		took          time.Duration
		later, others int // in hand of this kind, and of others
		want          room
	}{
		{"nothing in hand", time.Minute, 0, 0, room{20, false}},
		{"slow, full of later ones", time.Minute, 20, 0, room{10, true}},
		{"quick, full of later ones", time.Millisecond, 5000, 0, room{4980, true}},
		{"very quick, full of later ones", 10 * time.Microsecond, mostHand, 0, room{10, true}},
		{"quick, while other kinds fill the hand", time.Millisecond, 20, mostInAll, room{10, true}},
		{"slow, while other kinds fill the hand", time.Minute, 0, mostInAll, room{20, false}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k := kindWith("k", 10)
			k.busy, k.runs = fewRuns*tt.took, fewRuns
			h := newHandTest(k)
			require.True(t, h.claim(k, &generation{}, tt.later, 1000))
			h.inHand += tt.others
			jobs, dueOnly := h.room(k)
			require.Equal(t, tt.want, room{jobs, dueOnly})

			h.most, h.taken = 1, 1 // slots are scarce, and other kinds have them all
			if tt.want.dueOnly {
				jobs, _ = h.room(k)
				require.Zero(t, jobs)
			}
		})
	}
}
