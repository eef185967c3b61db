package consumer_test

import (
	"context"
	"errors"
	"strconv"
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

// refusal is an error whose methods do not bear a nil pointer.
type refusal struct{ code int }

func (r *refusal) Error() string        { return strconv.Itoa(r.code) }
func (r *refusal) Is(target error) bool { return r.code == 404 && target == core.ErrSkipRetry }

// A typed nil, the commonest of mistakes, panics when it is read. It fails its
// message, and not the daemon.
func TestErrorThatPanicsWhenItIsReadIsAFailure(t *testing.T) {
	var none *refusal
	for _, add := range []func(*core.Registry){
		func(r *core.Registry) {
			r.Add("work", core.HandlerFunc(func(context.Context, *core.Task) error { return none }), core.MaxAttempts(2))
		},
		func(r *core.Registry) {
			r.AddBatch("work", core.BatchHandlerFunc(func(context.Context, []*core.Task) []error {
				return []error{none, &refusal{404}}
			}), core.MaxAttempts(1))
		},
	} {
		bubble(t, func(w *world) {
			l := newList("l", 2)
			w.sources["work"] = &memory{lists: []*list{l}}
			add(w.reg)
			w.start(entry("work", 1))
			time.Sleep(time.Minute)
			synctest.Wait()
			require.Contains(w, l.dead["l/0"], "an error of type *consumer_test.refusal that panics when it is read")
			require.Len(w, l.dead, 2)
			require.ElementsMatch(w, l.ids(2), l.finished())
			w.shutDown()
		})
	}
}

// The process was halted: its messages are another daemon's, and nothing has told it.
func TestMessagesWhoseLeaseIsOverAreNotBegun(t *testing.T) {
	bubble(t, func(w *world) {
		l := newList("l", 5)
		w.sources["work"] = &memory{lists: []*list{l}}
		w.handle("work", func(_ context.Context, task *core.Task) error {
			time.Sleep(time.Second) // so long that a worker takes one at a time
			if task.ID == "l/1" {
				l.expired.Store(true)
			}
			return nil
		})
		w.start(entry("work", 1))
		time.Sleep(time.Minute)
		require.Equal(w, l.ids(2), l.finished())
		w.shutDown()
	})
}
