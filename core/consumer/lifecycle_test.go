package consumer_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"simplest_script/core"
	"simplest_script/core/conf"
)

func TestFaultOfOneConsumerEndsTheEngineInGoodOrder(t *testing.T) {
	bubble(t, func(w *world) {
		sound := newList("sound", 3)
		w.sources["sound"] = &memory{lists: []*list{sound}}
		w.sources["faulty"] = &memory{fault: errors.New("no such topic is allowed")}
		w.handle("sound", func(context.Context, *core.Task) error { <-time.After(time.Second); return nil })
		w.handle("faulty", nothing)
		w.start(entry("sound", 1), entry("faulty", 1))
		require.ErrorContains(w, <-w.ended, "consumer faulty: no such topic is allowed")
		require.Equal(w, sound.ids(1), sound.finished(), "what ran is finished")
		w.stop()
		w.cutOff()
	})
}

func TestEntryThatCannotBeBuiltEndsTheEngine(t *testing.T) {
	bubble(t, func(w *world) {
		w.sources["work"] = &memory{lists: []*list{newList("l", 0)}}
		w.handle("work", nothing)
		w.start(entry("work", 1))
		w.engine.Apply([]conf.QueueEntry{entry("work", 1), entry("unknown", 1)})
		require.ErrorContains(w, <-w.ended, "consumer unknown: there is no handler of that name")
		w.stop()
		w.cutOff()
	})
}

func TestEntryThatComesBackWhileItStillStopsIsStartedAgain(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 2)
		w.sources["work"] = &memory{lists: []*list{l}}
		w.handle("work", func(context.Context, *core.Task) error { <-time.After(time.Minute); return nil })
		w.start(entry("work", 1))
		w.engine.Apply(nil)
		synctest.Wait()
		w.engine.Apply([]conf.QueueEntry{entry("work", 1)})
		time.Sleep(90 * time.Second) // the first has ended
		synctest.Wait()
		require.Len(w, w.engine.Status(), 1)
		l.push(&core.Task{ID: "new", Attempt: 1})
		time.Sleep(time.Hour)
		require.Contains(w, l.finished(), "new")
		w.shutDown()
	})
}

func TestHandlerThatNeverReturnsDoesNotHoldUpTheEnd(t *testing.T) {
	bubble(t, func(w *world) {
		w.sources["work"] = &memory{lists: []*list{newList("l", 1)}}
		never := make(chan struct{})
		w.handle("work", func(context.Context, *core.Task) error { <-never; return nil })
		w.start(entry("work", 1))
		w.stop()
		time.Sleep(time.Minute)
		w.cutOff()
		require.ErrorContains(w, <-w.ended, "1 handler did not return")
		close(never) // for the sake of the bubble, which waits for its goroutines
	})
}
