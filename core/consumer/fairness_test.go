package consumer_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/consumer"
)

// One lane that stands still must not take all the room there is.
func TestLaneWithMoreThanTheWindowLeavesRoomToTheOthers(t *testing.T) {
	bubble(t, func(w *world) {
		stuck, quick := newList("stuck", 30_000), newList("quick", 0)
		w.sources["work"] = &memory{lists: []*list{stuck, quick}}
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if t.ID[0] == 's' {
				return errBroken
			}
			return nil
		}, core.MaxAttempts(1_000_000))
		w.start(entry("work", 2))
		for _, id := range quick.ids(30_000) {
			quick.push(&core.Task{ID: id, Attempt: 1})
		}
		synctest.Wait()
		require.Len(w, quick.finished(), 30_000)
		require.Empty(w, stuck.finished())
		require.Less(w, w.engine.Status()[0].InHand, 12_000, "what waits is bounded all the same")
		w.shutDown()
	})
}

// A worker takes many quick messages at once. When one of them turns out to be slow,
// the others of them go to workers that are free.
func TestSlowMessageHoldsUpNoOther(t *testing.T) {
	for _, order := range []consumer.Order{consumer.ByKey, consumer.Unordered} {
		t.Run(string(order), func(t *testing.T) {
			bubble(t, func(w *world) {
				l := newList("l", 0)
				w.sources["work"] = &memory{lists: []*list{l}}
				w.handle("work", func(_ context.Context, t *core.Task) error {
					if t.ID == "slow" {
						<-time.After(time.Hour)
					}
					return nil
				})
				e := entry("work", 2)
				e.Order = string(order)
				w.start(e)
				keyed := func(ids ...string) (ts []*core.Task) {
					for _, id := range ids {
						ts = append(ts, &core.Task{ID: id, Key: []byte(id), Attempt: 1})
					}
					return ts
				}
				l.push(keyed(l.ids(5000)...)...) // they take no time at all
				synctest.Wait()
				require.Len(w, l.finished(), 5000)
				l.push(append(keyed("slow"), keyed(l.ids(1000)...)...)...)
				time.Sleep(time.Second)
				synctest.Wait()
				require.Len(w, l.finished(), 6000)
				time.Sleep(time.Hour)
				synctest.Wait()
				require.Len(w, l.finished(), 6001)
				w.shutDown()
			})
		})
	}
}

// What is finished is marked soon, however long the next message takes: else a crash
// makes all of it come again.
func TestFinishedMessagesAreMarkedWhileTheNextOneIsSlow(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 1000)
		w.sources["work"] = &memory{lists: []*list{l}}
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if t.ID == "l/700" {
				<-time.After(time.Hour)
			}
			return nil
		})
		w.start(entry("work", 1))
		time.Sleep(time.Second)
		synctest.Wait()
		require.Equal(w, l.ids(700), l.finished())
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Equal(w, l.ids(1000), l.finished())
		w.shutDown()
	})
}

// A worker does not stay with a lane whose messages become slow after many quick ones.
func TestLaneThatTurnsSlowLeavesItsWorkerToTheOthers(t *testing.T) {
	bubble(t, func(w *world) {
		a, b := newList("a", 2000), newList("b", 2000)
		w.sources["work"] = &memory{lists: []*list{a, b}}
		quick := map[string]bool{}
		for _, id := range append(a.ids(1020), b.ids(1020)...) {
			quick[id] = true
		}
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if !quick[t.ID] {
				<-time.After(time.Second)
			}
			return nil
		})
		w.start(entry("work", 1))
		time.Sleep(10*time.Second + time.Millisecond)
		synctest.Wait()
		require.Greater(w, len(a.finished()), 1020)
		require.Greater(w, len(b.finished()), 1020)
		require.Equal(w, 2040+10, len(a.finished())+len(b.finished()))
		w.shutDown()
	})
}

func TestMessagesWithoutAKeyNeedNoOrder(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 100)
		w.sources["work"] = &memory{lists: []*list{l}}
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if t.ID == "l/0" && t.Attempt < 3 {
				return errBroken
			}
			<-time.After(time.Second)
			return nil
		})
		e := entry("work", 10)
		e.Order = string(consumer.ByKey)
		w.start(e)
		time.Sleep(11*time.Second + 500*time.Millisecond)
		synctest.Wait()
		require.ElementsMatch(w, l.ids(100), l.finished(), "ten at once, in ten seconds")
		w.shutDown()
	})
}

// A lane that goes and comes again, with its first message waiting for a retry, begins
// at once where it has to begin.
func TestLaneThatComesAgainDoesNotWaitForTheRetriesOfItsFormerTime(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 1)
		m := &memory{lists: []*list{l}, again: make(chan struct{})}
		w.sources["work"] = m
		calls := map[string]int{}
		w.handle("work", func(_ context.Context, t *core.Task) error {
			if calls[t.ID]++; calls[t.ID] < 2 {
				return errBroken
			}
			return nil
		}, core.Backoff(func(int) time.Duration { return time.Hour }))
		w.start(entry("work", 1))
		require.Equal(w, map[string]int{"l/0": 1}, calls)
		m.again <- struct{}{}
		synctest.Wait()
		require.Equal(w, l.ids(1), l.finished())
		require.Equal(w, 0, w.engine.Status()[0].InHand)
		w.shutDown()
	})
}
