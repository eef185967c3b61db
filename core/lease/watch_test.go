package lease

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// look is one read of a judge, relative to the end of the one before.
type look struct {
	after  time.Duration // until it was sent
	took   time.Duration // until it was answered
	failed bool
	beats  uint64 // of the daemon, since the look before
}

// counted runs the looks, one daemon in sight, and returns after how many of them
// it was first called silent, or 0.
func counted(w *watch, looks []look) int {
	var now time.Duration
	seq := uint64(1)
	for i, l := range looks {
		sent := now + l.after
		now = sent + l.took
		seq += l.beats
		if l.failed {
			w.interrupt()
			continue
		}
		if len(w.observe(sent, now, []Daemon{{ID: "a", Seq: seq}})) > 0 {
			return i + 1
		}
	}
	return 0
}

func TestWatch(t *testing.T) {
	s := time.Second
	regular := func(n int) []look {
		looks := make([]look, n)
		for i := range looks {
			looks[i] = look{after: s, took: s / 100}
		}
		return looks
	}
	join := func(parts ...[]look) (all []look) {
		for _, p := range parts {
			all = append(all, p...)
		}
		return all
	}
	for name, c := range map[string]struct {
		looks []look
		want  int
	}{
		"a whole verdict of regular looks after the first":  {regular(30), 10},
		"not yet a whole verdict":                           {regular(9), 0},
		"a beat begins the count anew":                      {join(regular(9), []look{{after: s, beats: 1}}, regular(20)), 19},
		"a halted judge counts one scan":                    {join(regular(3), []look{{after: time.Hour}}, regular(20)), 10},
		"a read that took long counts nothing":              {join(regular(3), []look{{after: s, took: 2 * s}}, regular(20)), 11},
		"a failed read ends the interval, not the count":    {join(regular(3), []look{{after: s, took: s, failed: true}}, regular(20)), 12},
		"an outage of an hour counts nothing":               {join(regular(3), []look{{after: s, took: time.Hour, failed: true}}, regular(5)), 0},
		"looks in quick succession count only their time":   {[]look{{after: s}, {after: 0}, {after: 0}, {after: 0}, {after: 0}, {after: 0}, {after: 0}, {after: 0}, {after: 0}, {after: 0}, {after: 0}}, 0},
		"the time within a read does not count as interval": {join([]look{{after: s}}, repeat(look{after: s / 2, took: s}, 17)), 0},
	} {
		t.Run(name, func(t *testing.T) {
			w := &watch{verdict: 9 * s, scan: s}
			require.Equal(t, c.want, counted(w, c.looks))
		})
	}
}

func repeat(l look, n int) []look {
	looks := make([]look, n)
	for i := range looks {
		looks[i] = l
	}
	return looks
}

func TestWatchResetForgetsEverything(t *testing.T) {
	w := &watch{verdict: 3 * time.Second, scan: time.Second}
	rows := []Daemon{{ID: "a", Seq: 1}}
	at := func(n int) []Daemon {
		return w.observe(time.Duration(n)*time.Second, time.Duration(n)*time.Second, rows)
	}
	at(0)
	at(1)
	at(2)
	w.reset()
	require.Empty(t, at(3))
	require.Empty(t, at(4))
	require.Empty(t, at(5))
	require.Equal(t, rows, at(6))
}

func TestWatchKnowsDaemonsApart(t *testing.T) {
	w := &watch{verdict: 2 * time.Second, scan: time.Second}
	at := func(n int, rows ...Daemon) []Daemon {
		return w.observe(time.Duration(n)*time.Second, time.Duration(n)*time.Second, rows)
	}
	a, b := Daemon{ID: "a", Seq: 1}, Daemon{ID: "b", Seq: 1}
	at(0, a, b)
	at(1, a)
	require.Equal(t, []Daemon{a}, at(2, a, b), "b was away from the list, so it is new")
	require.Equal(t, []Daemon{a}, at(3, a, b), "a judge that could not write its verdict is told again")
	b.Seq++
	require.Equal(t, []Daemon{a}, at(4, a, b))
}

// Whatever the reads did: who is called silent did not beat for a whole verdict of
// real time, nor in as many successful quick reads as a verdict has scans.
func TestWatchCallsNobodySilentTooEarly(t *testing.T) {
	verdict, scan := 9*time.Second, time.Second
	duration := func(t *rapid.T, name string) time.Duration {
		return rapid.OneOf(
			rapid.Just(scan),
			rapid.Map(rapid.IntRange(0, 2000), func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }),
			rapid.Map(rapid.IntRange(0, 60), func(s int) time.Duration { return time.Duration(s) * time.Second }),
		).Draw(t, name)
	}
	rapid.Check(t, func(t *rapid.T) {
		w := &watch{verdict: verdict, scan: scan}
		var now, firstSeen time.Duration
		var seq, lastSeen uint64 = 1, 0
		quick := 0
		for range rapid.IntRange(1, 60).Draw(t, "looks") {
			sent := now + duration(t, "pause")
			now = sent + rapid.OneOf(rapid.Just(time.Millisecond), rapid.Just(5*time.Second)).Draw(t, "took")
			if rapid.IntRange(0, 9).Draw(t, "beat") == 0 {
				seq++
			}
			if rapid.IntRange(0, 9).Draw(t, "failed") == 0 {
				w.interrupt()
				continue
			}
			if seq != lastSeen {
				lastSeen, firstSeen, quick = seq, now, 0
			} else if now-sent <= scan {
				quick++
			}
			if len(w.observe(sent, now, []Daemon{{ID: "a", Seq: seq}})) == 0 {
				continue
			}
			require.GreaterOrEqual(t, sent-firstSeen, verdict)
			require.GreaterOrEqual(t, quick, int(verdict/scan))
		}
	})
}

// Whatever happened before: regular quick looks find a silent daemon in the time
// of a verdict and one scan.
func TestWatchFindsTheDeadInTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &watch{verdict: 9 * time.Second, scan: time.Second}
		var looks []look
		for range rapid.IntRange(0, 20).Draw(t, "before") {
			looks = append(looks, look{
				after:  time.Duration(rapid.IntRange(0, 5000).Draw(t, "after")) * time.Millisecond,
				took:   time.Duration(rapid.IntRange(0, 3000).Draw(t, "took")) * time.Millisecond,
				failed: rapid.Bool().Draw(t, "failed"),
				beats:  1,
			})
		}
		before := len(looks)
		looks = append(looks, repeat(look{after: time.Second, took: time.Millisecond}, 30)...)
		found := counted(w, looks)
		require.NotZero(t, found)
		require.LessOrEqual(t, found, before+10)
	})
}
